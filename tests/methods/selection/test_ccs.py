"""CCS: what each stratum gives."""

from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st

from methods.selection.ccs import equal_parts, stratified


def test_small_strata_give_all_and_the_others_share_the_rest():
    # strata of 1, 10, 0, 3, size 9: 0 of 9 // 4; 1 of 9 // 3; 3 of 8 // 2; the rest, 5
    assert equal_parts(torch.tensor([1, 10, 0, 3]), 9) == [1, 5, 0, 3]


@given(st.lists(st.integers(0, 20), min_size=1, max_size=12), st.integers(0, 240))
def test_the_parts_sum_to_what_is_asked_for(members, size):
    size = min(size, sum(members))
    parts = equal_parts(torch.tensor(members), size)
    assert sum(parts) == size
    assert all(part <= held for part, held in zip(parts, members, strict=True))


def test_strata_are_of_equal_width_not_of_equal_numbers():
    # 90 scores in [0, .1], 10 in [.9, 1]; two strata, 12 asked for: six of each
    scores = torch.cat([torch.linspace(0, 0.1, 90), torch.linspace(0.9, 1, 10)])
    chosen = stratified(scores, 12, 2, torch.Generator().manual_seed(0))
    assert len(set(chosen.tolist())) == 12
    assert int((chosen >= 90).sum()) == 6


def test_equal_scores_are_one_stratum():
    chosen = stratified(torch.full((9,), 2.5), 4, 50, torch.Generator().manual_seed(0))
    assert len(set(chosen.tolist())) == 4

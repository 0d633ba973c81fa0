"""Draws of architectures: fair ones take every choice once, others stay among the allowed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from torch import Generator

from suites.supernet.paths import among, drawing, every, fair, fixed
from suites.supernet.spaces import find


@given(seed=st.integers(0, 2**32))
@pytest.mark.parametrize("name", ["micro201", "macro"])
def test_fair_paths_take_every_choice_of_every_place_once(name, seed):
    space = find(name)
    paths = fair(space, Generator().manual_seed(seed))
    for place, choices in enumerate(space.choices):
        assert sorted(paths[:, place]) == list(range(len(choices)))


def test_fair_paths_are_other_ones_each_time():
    generator, space = Generator().manual_seed(0), find("micro201")
    drawn = {row.tobytes() for _ in range(40) for row in fair(space, generator)}
    # 200 of 15,625: 1.3 pairs are expected to be the same
    assert len(drawn) > 190


def test_a_draw_is_among_the_allowed_choices_and_takes_all_of_them():
    allowed = fixed(fixed(every(find("micro201")), 0, [3]), 2, [1, 4])
    drawn = among(allowed, Generator().manual_seed(0), 200)
    for place, choices in enumerate(allowed):
        assert set(drawn[:, place].tolist()) == set(choices)


def test_drawing_draws_one_anew_each_time():
    draw = drawing(every(find("micro201")), Generator().manual_seed(0))
    assert draw().shape == (1, 6)
    assert len({draw().tobytes() for _ in range(20)}) > 15

"""Images in six styles: dealing, words of patches, and what each asset holds."""

from __future__ import annotations

import pytest
import torch

from suites.common.data_set import SourceError
from suites.common.sources import load
from suites.selection.target_images import (
    TARGETS,
    build_answers,
    build_pool,
    build_target,
    deal,
    patches,
    written,
)

ASKED = {
    "source": "digits",
    "seed": 0,
    "pool": 602,
    "target": 40,
    "test": 100,
    "patch": 2,
    "codes": 64,
}


def test_every_style_has_as_many_of_the_pool_give_or_take_one():
    owns = {}
    for seed in range(25):
        dealt = deal({**ASKED, "seed": seed})
        owns[dealt.style] = int(dealt.own.sum())
    # 602 = 6 x 100 + 2
    assert set(owns) == set(TARGETS)
    assert sorted(owns.values()) == [100, 101, 101]


def test_the_targets_style_is_that_of_target_test_and_own():
    seed = next(seed for seed in range(99) if deal({**ASKED, "seed": seed}).style == "inverse")
    dealt = deal({**ASKED, "seed": seed})
    # a digit's corner is black; of the six styles only inverse makes all corners white
    for images in (dealt.target, dealt.test, dealt.pool[dealt.own]):
        assert images[:, 0, :, 0].median() == 1
    assert dealt.pool[~dealt.own][:, 0, :, 0].median() < 1


def test_labels_follow_their_images():
    dealt = deal({**ASKED, "seed": 1})
    data = load("digits")
    known = {
        image.numpy().tobytes(): int(label)
        for image, label in zip(data.inputs, data.labels, strict=True)
    }
    plain = [
        (int(label), known[key])
        for image, label in zip(dealt.pool[:, 0], dealt.labels, strict=True)
        if (key := (1 - image).numpy().tobytes()) in known
    ]
    assert len(plain) >= 90  # those in the style inverse
    assert all(label == right for label, right in plain)


def test_patches_do_not_overlap_and_go_row_by_row():
    image = torch.arange(16.0).view(1, 1, 4, 4)
    assert patches(image, 2)[0].tolist() == [
        [0, 1, 4, 5],
        [2, 3, 6, 7],
        [8, 9, 12, 13],
        [10, 11, 14, 15],
    ]


def test_equal_patches_are_the_same_word_and_different_ones_are_not():
    black, white = torch.zeros(6, 1, 4, 4), torch.ones(6, 1, 4, 4)
    pool, target = written(torch.cat([black, white]), white[:1], size=2, codes=2)
    assert len(set(pool)) == 2
    assert pool[0] != pool[6] == target[0]
    assert set(pool[0].split(" ")) | set(pool[6].split(" ")) == {"c0", "c1"}


def test_the_assets_hold_one_dealing():
    pool, target, answers = (b(ASKED, {}) for b in (build_pool, build_target, build_answers))
    assert pool.tensors["images"].shape == (602, 1, 8, 8)
    assert target.tensors["images"].shape == (40, 1, 8, 8)
    assert answers.tensors["test_images"].shape == (100, 1, 8, 8)
    assert torch.equal(pool.tensors["labels"], answers.tensors["labels"])
    assert [len(output.data["tokens"]) for output in (pool, target)] == [602, 40]
    assert {len(t.split(" ")) for t in pool.data["tokens"]} == {16}
    words = {word for t in pool.data["tokens"] for word in t.split(" ")}
    assert words <= {f"c{code}" for code in range(64)}


def test_a_source_that_is_too_small_says_so():
    with pytest.raises(SourceError, match="the task takes 5140 grey images"):
        deal({**ASKED, "pool": 5000})

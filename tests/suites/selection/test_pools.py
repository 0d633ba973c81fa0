"""A seed's pool, and each way in which it is spoilt."""

from __future__ import annotations

import pytest
import torch

from suites.common.draws import generator
from suites.selection import pools
from suites.selection.tiny import CLASSES, POOL, arguments


def drawn(corruption: str, seed: int = 0) -> pools.Pool:
    return pools.drawn_pool(arguments(corruption, seed))


def test_pool_validation_and_test_share_no_image():
    given = arguments()
    parts = pools.split(given)
    rows = [
        {tuple(image.flatten().tolist()) for image in images}
        for images, _ in (parts.pool, parts.validation, parts.test)
    ]
    assert [len(row) for row in rows] == [given[n] for n in ("pool", "validation", "test")]
    assert not rows[0] & rows[1]
    assert not rows[1] & rows[2]
    assert not rows[0] & rows[2]


@pytest.mark.parametrize("corruption", ["noise", "pairs", "tail", "copies"])
def test_another_seed_spoils_another_pool_and_the_same_seed_the_same(corruption):
    first, again, other = drawn(corruption), drawn(corruption), drawn(corruption, seed=1)
    assert torch.equal(first.images, again.images)
    assert torch.equal(first.labels, again.labels)
    assert not torch.equal(first.images, other.images)


@pytest.mark.parametrize("corruption", ["noise", "pairs"])
def test_exactly_a_fifth_of_each_class_is_labelled_wrong(corruption):
    pool = drawn(corruption)
    for label in range(CLASSES):
        own = pool.truth == label
        wrong = int((pool.labels[own] != label).sum())
        assert wrong == round(0.2 * int(own.sum()))


def test_wrong_labels_of_pairs_are_the_class_after():
    pool = drawn("pairs")
    wrong = pool.labels != pool.truth
    assert torch.equal(pool.labels[wrong], (pool.truth[wrong] + 1) % CLASSES)


def test_symmetric_flips_reach_every_other_class_alike():
    labels = torch.arange(10).repeat_interleave(5000)
    flipped = pools.flip_symmetric(labels, 10, generator(0, "test"))
    moved = torch.bincount(flipped[(labels == 0) & (flipped != 0)], minlength=10)[1:]
    # 1,000 over nine classes: 111 each, a standard deviation of 10
    assert moved.sum() == 1000
    assert moved.min() > 70
    assert moved.max() < 152


def test_a_tail_falls_geometrically_from_its_most_frequent_class_to_a_twentieth():
    labels = torch.arange(10).repeat_interleave(360)
    rows = pools.tail_rows(labels, 10, generator(0, "test"))
    counts = torch.bincount(labels[rows]).sort(descending=True).values
    assert len(rows) == 900
    assert len(rows.unique()) == 900
    # shares fall by 20^(1/9) = 1.395 a class; the first of ten has 900 / 3.39 = 265
    assert counts[0] == pytest.approx(265, abs=2)
    assert (counts[0] / counts[-1]).item() == pytest.approx(20, abs=1.6)


def test_copies_take_seven_tenths_of_the_places_and_resemble_one_original_in_twenty():
    pool = drawn("copies")
    copied = pool.original != torch.arange(POOL)
    assert int(copied.sum()) == round(0.7 * POOL)
    assert len(pool.original[copied].unique()) <= round(0.05 * POOL)
    apart = (pool.images[copied] - pool.images[pool.original[copied]]).abs()
    assert apart.mean() < 0.05
    assert (apart.flatten(1).amax(1) > 0).all()
    assert torch.equal(pool.labels, pool.truth)
    assert torch.equal(pool.labels[copied], pool.labels[pool.original[copied]])


def test_a_kind_of_pool_that_there_is_not_is_refused():
    with pytest.raises(ValueError, match="clean, noise, pairs, tail or copies, not 'salt'"):
        pools.corrupt(torch.zeros(2, 1, 1, 1), torch.zeros(2).long(), "salt", 2, generator(0, ""))

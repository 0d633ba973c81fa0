"""Draws a pool of images, and what is done to it: wrong labels, rare classes, copies.

A seed draws which images are the pool, the validation set and the test, and every corruption of the
pool. Here: the drawing, and the assets that hold it. Not here: what is computed of a pool
(suites.selection.bought), styles and words (suites.selection.target_images), prose
(suites.selection.text).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Generator, Tensor

from bench.contract.job import Assets, Output
from suites.common.draws import generator
from suites.common.sources import load
from suites.selection.scores import quotas

WRONG = 0.2
"""The part of each class that is labelled wrong, where labels are."""

TAIL_RATIO, TAIL_SHARE = 20, 0.25
"""How many times the most frequent class is as frequent as the rarest, where there is a tail, and
the part of the pool that is left: as much as the most frequent class has images for."""

COPIES_SHARE, ORIGINALS_SHARE, COPY_NOISE = 0.7, 0.05, 0.05
"""The part of the pool that becomes copies, of which part of it, and the noise's sd in pixels."""


@dataclass(frozen=True)
class Pool:
    """A pool and what is known of it.

    Attributes:
        images: shape (n, channels, side, side), in [0, 1].
        labels: as they are given, int64, shape (n,).
        truth: what is right, int64, shape (n,).
        original: the number of the example that each is a copy of, its own where it is none.
    """

    images: Tensor
    labels: Tensor
    truth: Tensor
    original: Tensor


@dataclass(frozen=True)
class Split:
    """Images and right labels of the three parts."""

    pool: tuple[Tensor, Tensor]
    validation: tuple[Tensor, Tensor]
    test: tuple[Tensor, Tensor]


def split(arguments: Mapping[str, Any]) -> Split:
    """The three parts of a source, drawn by the seed; classes as they fall.

    Args:
        arguments: `source`, `seed`, and how many images `pool`, `validation` and `test` have.
    """
    data = load(arguments["source"])
    images = data.inputs[:, None] if data.inputs.ndim == 3 else data.inputs
    order = torch.randperm(len(images), generator=generator(arguments["seed"], "selection/split"))
    parts, begin = [], 0
    for name in ("pool", "validation", "test"):
        rows = order[begin : begin + arguments[name]]
        begin += arguments[name]
        parts.append((images[rows], data.labels[rows]))
    return Split(*parts)


def flip_symmetric(labels: Tensor, classes: int, draws: Generator) -> Tensor:
    """Labels with exactly a fifth of each class moved to another class, each equally likely."""
    return _flip(labels, classes, draws, lambda n: torch.randint(1, classes, (n,), generator=draws))


def flip_pairs(labels: Tensor, classes: int, draws: Generator) -> Tensor:
    """Labels with exactly a fifth of each class moved to the class after it."""
    return _flip(labels, classes, draws, lambda n: torch.ones(n, dtype=torch.int64))


def _flip(labels: Tensor, classes: int, draws: Generator, shift: Callable[[int], Tensor]) -> Tensor:
    wrong = labels.clone()
    for label in range(classes):
        members = (labels == label).nonzero()[:, 0]
        count = round(WRONG * len(members))
        rows = members[torch.randperm(len(members), generator=draws)[:count]]
        wrong[rows] = (label + shift(count)) % classes
    return wrong


def tail_rows(labels: Tensor, classes: int, draws: Generator) -> Tensor:
    """Numbers of a long-tailed part: frequencies fall geometrically, in an order of the seed's."""
    rank = torch.randperm(classes, generator=draws)
    shares = TAIL_RATIO ** (-rank.double() / (classes - 1))
    available = torch.bincount(labels, minlength=classes)
    wanted = quotas(shares, round(TAIL_SHARE * len(labels)), available)
    kept = []
    for label in range(classes):
        members = (labels == label).nonzero()[:, 0]
        order = torch.randperm(len(members), generator=draws)
        kept.append(members[order[: int(wanted[label])]])
    return torch.cat(kept).sort().values


def copies(images: Tensor, draws: Generator) -> tuple[Tensor, Tensor]:
    """Images of which most are noisy copies of a few, and the original's number of each.

    Copies stand where the images were that they replace.
    """
    count = len(images)
    order = torch.randperm(count, generator=draws)
    originals = order[: round(ORIGINALS_SHARE * count)]
    replaced = order[len(originals) : len(originals) + round(COPIES_SHARE * count)]
    among = torch.randint(len(originals), (len(replaced),), generator=draws)
    original = torch.arange(count)
    original[replaced] = originals[among]
    noise = COPY_NOISE * torch.randn(images[replaced].shape, generator=draws)
    changed = images.clone()
    changed[replaced] = (images[original[replaced]] + noise).clamp(0, 1)
    return changed, original


def corrupt(images: Tensor, labels: Tensor, kind: str, classes: int, draws: Generator) -> Pool:
    """The pool after what a task does to it.

    Args:
        kind: `clean`, `noise`, `pairs`, `tail` or `copies`.
    """
    pool = Pool(images, labels, labels, torch.arange(len(labels)))
    if kind == "noise":
        return replace(pool, labels=flip_symmetric(labels, classes, draws))
    if kind == "pairs":
        return replace(pool, labels=flip_pairs(labels, classes, draws))
    if kind == "tail":
        rows = tail_rows(labels, classes, draws)
        return Pool(images[rows], labels[rows], labels[rows], torch.arange(len(rows)))
    if kind == "copies":
        changed, original = copies(images, draws)
        return Pool(changed, labels[original], labels[original], original)
    if kind != "clean":
        raise ValueError(f"a pool is clean, noise, pairs, tail or copies, not {kind!r}")
    return pool


def drawn_pool(arguments: Mapping[str, Any]) -> Pool:
    """The pool of a seed, corrupted; arguments as of `build_pool`."""
    images, labels = split(arguments).pool
    draws = generator(arguments["seed"], f"selection/{arguments['corruption']}")
    return corrupt(images, labels, arguments["corruption"], arguments["classes"], draws)


def build_pool(arguments: Mapping[str, Any], inputs: Assets) -> Output:
    """What a method may see of the pool: images, labels as they are given, the classes' names.

    Args:
        arguments: as of `split`, and `corruption`, `classes`.
    """
    pool = drawn_pool(arguments)
    names = list(load(arguments["source"]).class_names)
    return Output({"images": pool.images, "labels": pool.labels}, {"classes": names})


def build_validation(arguments: Mapping[str, Any], inputs: Assets) -> Output:
    """The validation images and their right labels."""
    images, labels = split(arguments).validation
    return Output({"images": images, "labels": labels})


def build_answers(arguments: Mapping[str, Any], inputs: Assets) -> Output:
    """What scoring alone may see: the test, the pool's right labels, and what is a copy of what."""
    pool, (images, labels) = drawn_pool(arguments), split(arguments).test
    return Output(
        {
            "test_images": images,
            "test_labels": labels,
            "truth": pool.truth,
            "original": pool.original,
        }
    )

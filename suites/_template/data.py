"""Builds my suite's assets from scikit-learn's handwritten digits.

Each builder is called once in a process of its own, as `builder(arguments, inputs)`; what it
returns is stored, and handed to every run that asks for it. Whatever changes the result stands in
its arguments.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from sklearn.datasets import load_digits
from torch import Tensor

from bench.contract.job import Assets, Output


def labelled(arguments: Mapping[str, Any], inputs: Assets) -> Output:
    """The few images (n, 64) whose classes (n,) a method is told, as many of each class."""
    images, classes = _training(arguments)
    return _pair(*_split(images, classes, arguments["of_a_class"])[0])


def unlabelled(arguments: Mapping[str, Any], inputs: Assets) -> Output:
    """The other training images (n, 64), without their classes."""
    images, classes = _training(arguments)
    return Output({"images": _split(images, classes, arguments["of_a_class"])[1][0]})


def everything(arguments: Mapping[str, Any], inputs: Assets) -> Output:
    """All training images and their classes: what the ceiling learns from."""
    return _pair(*_training(arguments))


def answers(arguments: Mapping[str, Any], inputs: Assets) -> Output:
    """The hidden images and their classes: what scoring holds a classifier against."""
    images, classes = _drawn(arguments["seed"])
    return _pair(images[-arguments["hidden"] :], classes[-arguments["hidden"] :])


def _drawn(seed: int) -> tuple[Tensor, Tensor]:
    """All digits in an order of the seed's own: images in [0, 1], shape (n, 64), and classes."""
    digits = load_digits()
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(digits.target), generator=generator)
    images = torch.tensor(digits.data, dtype=torch.float32) / 16
    return images[order], torch.tensor(digits.target, dtype=torch.int64)[order]


def _training(arguments: Mapping[str, Any]) -> tuple[Tensor, Tensor]:
    images, classes = _drawn(arguments["seed"])
    return images[: arguments["training"]], classes[: arguments["training"]]


def _split(
    images: Tensor, classes: Tensor, of_a_class: int
) -> tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor]]:
    """The first so many of each class, and the rest."""
    first = torch.zeros(len(classes), dtype=torch.bool)
    for one_class in classes.unique():
        first[(classes == one_class).nonzero()[:of_a_class, 0]] = True
    return (images[first], classes[first]), (images[~first], classes[~first])


def _pair(images: Tensor, classes: Tensor) -> Output:
    return Output({"images": images, "classes": classes})

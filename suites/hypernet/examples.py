"""Labelled images of a data source, split anew by each seed.

Here: training, validation and test images as flat vectors in [0, 1], drawn without regard to
class, or as many of each. Not here: sources (suites.common.sources), what a task makes of the
images.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Generator, Tensor

from suites.common.data_set import DataSet
from suites.common.draws import generator
from suites.common.sources import load


@dataclass(frozen=True)
class Split:
    """Examples: inputs float32 (examples, features), labels int64 (examples,)."""

    inputs: Tensor
    labels: Tensor

    def of(self, classes: range | tuple[int, ...]) -> Split:
        """The examples of those classes, labels as they are."""
        kept = torch.isin(self.labels, torch.tensor(list(classes)))
        return Split(self.inputs[kept], self.labels[kept])


@dataclass(frozen=True)
class Images:
    """The three parts of a source; no example is in two of them."""

    training: Split
    validation: Split
    test: Split


def split(settings: Mapping[str, Any], seed: int) -> Images:
    """A seed's split.

    Args:
        settings: `source`, and how many images `training`, `validation` and `test` have.
        seed: of the task.
    Raises:
        ValueError: the source hasn't so many examples.
    """
    source = load(settings["source"])
    everything = torch.arange(len(source.labels))
    return _deal(source, [("", everything)], _counts(settings), generator(seed, "split"))


def split_evenly(settings: Mapping[str, Any], seed: int) -> Images:
    """A seed's split in which every class has the same number of examples.

    Args:
        settings: as for `split`; the numbers are shared out among the classes.
        seed: of the task.
    Raises:
        ValueError: a class hasn't so many examples, or a number can't be shared out.
    """
    source, counts = load(settings["source"]), _counts(settings)
    classes = len(source.class_names)
    if any(count % classes for count in counts):
        raise ValueError(
            f"{counts} examples can't be shared out among {classes} classes; "
            "choose multiples of that"
        )
    groups = [
        (f" of class {label}", (source.labels == label).nonzero()[:, 0]) for label in range(classes)
    ]
    draws = generator(seed, "split evenly")
    return _deal(source, groups, [count // classes for count in counts], draws)


def _counts(settings: Mapping[str, Any]) -> list[int]:
    return [settings[name] for name in ("training", "validation", "test")]


def _deal(
    source: DataSet,
    groups: Sequence[tuple[str, Tensor]],
    counts: Sequence[int],
    draws: Generator,
) -> Images:
    """Shuffle each group of rows, and deal the first of it to the parts.

    Args:
        groups: what examples are called there, and their rows.
        counts: how many of each group training, validation and test get.
    """
    dealt: list[tuple[Tensor, ...]] = []
    for name, rows in groups:
        if sum(counts) > len(rows):
            raise ValueError(
                f"{source.name} has {len(rows)} examples{name}, "
                f"fewer than the {sum(counts)} that the task asks for"
            )
        order = rows[torch.randperm(len(rows), generator=draws)]
        dealt.append(order[: sum(counts)].split(list(counts)))
    inputs = source.inputs.reshape(len(source.inputs), -1)
    parts = [torch.cat(rows) for rows in zip(*dealt, strict=True)]
    return Images(*(Split(inputs[rows].float(), source.labels[rows]) for rows in parts))

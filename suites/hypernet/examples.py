"""Labelled images of a data source, split anew by each seed.

Here: training, validation and test images as flat vectors in [0, 1], drawn without regard to
class. Not here: sources (suites.common.sources), what a task makes of the images.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

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
    counts = [settings[name] for name in ("training", "validation", "test")]
    if sum(counts) > len(source.inputs):
        raise ValueError(
            f"{settings['source']} has {len(source.inputs)} examples, "
            f"fewer than the {sum(counts)} that the task asks for"
        )
    order = torch.randperm(len(source.inputs), generator=generator(seed, "split"))
    inputs = source.inputs.reshape(len(source.inputs), -1)
    first, parts = 0, []
    for count in counts:
        rows = order[first : first + count]
        parts.append(Split(inputs[rows].float(), source.labels[rows]))
        first += count
    return Images(*parts)


def split_evenly(settings: Mapping[str, Any], seed: int) -> Images:
    """A seed's split in which every class has the same number of examples.

    Args:
        settings: as for `split`; the numbers are shared out among the classes.
        seed: of the task.
    Raises:
        ValueError: a class hasn't so many examples, or a number can't be shared out.
    """
    source = load(settings["source"])
    classes = len(source.class_names)
    draws = generator(seed, "split evenly")
    counts = [settings[name] for name in ("training", "validation", "test")]
    if any(count % classes for count in counts):
        raise ValueError(
            f"{counts} examples can't be shared out among {classes} classes; "
            "choose multiples of that"
        )
    shares = [count // classes for count in counts]
    kept: list[list[Tensor]] = [[], [], []]
    for label in range(classes):
        rows = (source.labels == label).nonzero()[:, 0]
        if sum(shares) > len(rows):
            raise ValueError(
                f"{settings['source']} has {len(rows)} examples of class {label}, "
                f"fewer than the {sum(shares)} that the task asks for"
            )
        order = rows[torch.randperm(len(rows), generator=draws)]
        for part, some in zip(kept, order[: sum(shares)].split(shares), strict=True):
            part.append(some)
    inputs = source.inputs.reshape(len(source.inputs), -1)
    parts = [torch.cat(rows) for rows in kept]
    return Images(*(Split(inputs[rows].float(), source.labels[rows]) for rows in parts))

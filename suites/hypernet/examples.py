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

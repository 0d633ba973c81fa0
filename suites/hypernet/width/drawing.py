"""The task width: a target of any hidden width, asked for by a number.

Here: how one seed's course is drawn. Shapes are those of the largest width asked, a mask says which
hidden units are there, the condition is the width as a share of that largest one. Each batch has
one width of those in training; asked are these, others between them, and some beyond. Not here: the
teacher (suites.hypernet.building has it trained), training, scoring.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from suites.common.draws import generator
from suites.common.trainer import draw_order
from suites.hypernet.course import Part, Questions, Stage
from suites.hypernet.examples import Split, split
from suites.hypernet.layers import plain_count
from suites.hypernet.problem import Conditions
from suites.hypernet.target import Target


def draw(settings: Mapping[str, Any], seed: int) -> list[Part]:
    """The one part of this task at that seed."""
    images = split(settings["images"], seed)
    target = Target(tuple(settings["target"]))
    hidden = tuple(settings["hidden"])
    groups: Mapping[str, Sequence[int]] = settings["widths"]
    seen = list(groups["seen"])
    stage = _stage(images.training, seen, target, settings, seed)
    asked = [(group, width) for group, widths in groups.items() for width in widths]
    return [
        Part(
            name="",
            target=target,
            conditions=Conditions(
                1, 0.0, 1.0, f"the hidden layers' width as a share of {target.widths[1]}"
            ),
            hidden=hidden,
            cap=plain_count(1, hidden, target.weights),
            stages=(stage,),
            validation=_questions(images.validation, [("seen", width) for width in seen], target),
            test=_questions(images.test, asked, target),
            sizes=tuple(seen),
        )
    ]


def _stage(
    images: Split, widths: Sequence[int], target: Target, settings: Mapping[str, Any], seed: int
) -> Stage:
    """Batches of images in a shuffled order, each with one of the widths, drawn uniformly."""
    steps, batch = settings["steps"], settings["batch"]
    rows = draw_order(len(images.inputs), steps, batch, generator(seed, "width/rows"))
    drawn = torch.randint(len(widths), (steps, 1), generator=generator(seed, "width/widths"))
    chosen = torch.tensor(list(widths))[drawn]
    return Stage(
        images.inputs,
        rows[:, None],
        images.labels[rows][:, None],
        (chosen / target.widths[1])[..., None],
        masks_of(chosen, target.widths[1]),
    )


def masks_of(widths: Tensor, largest: int) -> Tensor:
    """Which hidden units are there: shape (...) of widths -> 1 or 0, shape (..., largest)."""
    return (torch.arange(largest) < widths[..., None]).float()


def _questions(images: Split, asked: Sequence[tuple[str, int]], target: Target) -> Questions:
    """All images under each width."""
    widths = torch.tensor([width for _group, width in asked])
    return Questions(
        tuple(f"width {width}" for _group, width in asked),
        (widths / target.widths[1])[:, None],
        images.inputs.expand(len(asked), -1, -1).contiguous(),
        images.labels.expand(len(asked), -1).contiguous(),
        masks_of(widths, target.widths[1]),
        groups=tuple(group for group, _width in asked),
    )

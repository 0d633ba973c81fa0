"""The task rotation: images turned by a condition in [0, 1].

Here: how one seed's course is drawn. Each batch has one angle, 180 degrees x gamma with gamma
uniform; asked are evenly spaced angles, both ends included. Not here: training, scoring.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from suites.common.draws import generator
from suites.common.trainer import draw_order
from suites.hypernet.course import Part, Questions, Stage, rotate
from suites.hypernet.examples import Split, split
from suites.hypernet.layers import plain_count
from suites.hypernet.problem import Conditions
from suites.hypernet.target import Target


def draw(settings: Mapping[str, Any], seed: int) -> list[Part]:
    """The one part of this task at that seed."""
    images = split(settings["images"], seed)
    target = Target(tuple(settings["target"]))
    hidden = tuple(settings["hidden"])
    steps, batch = settings["steps"], settings["batch"]
    rows = draw_order(len(images.training.inputs), steps, batch, generator(seed, "rotation/rows"))
    turns = torch.rand(steps, 1, 1, generator=generator(seed, "rotation/angles"))
    stage = Stage(
        images.training.inputs,
        rows[:, None],
        images.training.labels[rows][:, None],
        turns,
        rotated=True,
    )
    return [
        Part(
            name="",
            target=target,
            conditions=Conditions(1, 0.0, 1.0, "the angle as a share of 180 degrees"),
            hidden=hidden,
            cap=plain_count(1, hidden, target.weights),
            stages=(stage,),
            validation=_questions(images.validation, settings["angles"]),
            test=_questions(images.test, settings["angles"]),
        )
    ]


def _questions(images: Split, angles: int) -> Questions:
    turns = torch.linspace(0, 1, angles)[:, None]
    inputs = images.inputs.expand(angles, *images.inputs.shape)
    return Questions(
        tuple(f"{180 * float(turn):.0f} degrees" for turn in turns[:, 0]),
        turns,
        rotate(inputs.contiguous(), turns),
        images.labels.expand(angles, -1).contiguous(),
    )

"""The task compress: one target, to be stored in a share of its weights' numbers.

Here: how one seed's course is drawn: a part a share, all with the same images and batches. There
is no condition. Not here: training, scoring.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from suites.common.draws import generator
from suites.common.trainer import draw_order
from suites.hypernet.course import Part, Questions, Stage
from suites.hypernet.examples import Split, split
from suites.hypernet.problem import Conditions
from suites.hypernet.target import Target


def draw(settings: Mapping[str, Any], seed: int) -> list[Part]:
    """A part a share; they differ in their cap alone."""
    images = split(settings["images"], seed)
    target = Target(tuple(settings["target"]))
    steps, batch = settings["steps"], settings["batch"]
    rows = draw_order(len(images.training.inputs), steps, batch, generator(seed, "compress/rows"))
    stage = Stage(
        images.training.inputs,
        rows[:, None],
        images.training.labels[rows][:, None],
        torch.empty(steps, 1, 0),
    )
    return [
        Part(
            name=str(share),
            target=target,
            conditions=Conditions(0, 0.0, 0.0, "none: there is one target"),
            hidden=(),
            cap=round(target.weights * share / 100),
            stages=(stage,),
            validation=_questions(images.validation),
            test=_questions(images.test),
        )
        for share in settings["shares"]
    ]


def _questions(images: Split) -> Questions:
    nothing: Tensor = torch.empty(1, 0)
    return Questions(("the target",), nothing, images.inputs[None], images.labels[None])

"""A small sequence of tasks for the tests of the continual methods."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from suites.hypernet.continual.drawing import draw
from suites.hypernet.course import Part
from suites.hypernet.definition import SUITE
from suites.hypernet.problem import Batch, HypernetProblem

SETTINGS: dict[str, Any] = {
    **SUITE.task("continual").settings["smoke"],
    "steps": 10,
    "rates": {"adam": [3e-3, 1e-2]},
}
RATES = {"rates": SETTINGS["rates"]}
PARTS = [draw(SETTINGS, seed)[1] for seed in range(2)]
"""The permuted digits of two seeds."""


def problem_of(part: Part, seed: int = 0) -> HypernetProblem:
    """What a method is given for the part."""
    return HypernetProblem(
        part.target,
        part.conditions,
        part.hidden,
        part.cap,
        torch.Generator().manual_seed(seed),
        stages=5,
        needs=("condition", "room", "sequence"),
    )


def batch(stage: int, memory: dict[str, Tensor], progress: float = 0.0) -> Batch:
    """The first batch of a stage, at that share of its steps."""
    stream = PARTS[0].stages[stage]
    return Batch(
        stream.conditions[0],
        stream.inputs(0),
        stream.labels[0],
        None,
        None,
        torch.tensor(progress),
        stage,
        memory,
    )

"""The task `soup` as the harness sees it: one problem, whose cells all experts answer for.

Here: reading it from a run's assets, and its figures. A task asks for it with the setting `sweep`.
The first cell is held in: the distribution that all experts were fine-tuned on; the others are the
same classes, shifted. As every expert answers for every cell, a row that has one state an expert is
scored by their mean. Not here: the choice of this way (suites.merging.problems), running a method
and measuring it (suites.merging.harness).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from bench.contract.job import Assets, Output, Scores
from suites.merging.compose.cells import grid_of
from suites.merging.compose.networks import template
from suites.merging.evaluation import Examples
from suites.merging.grid import Grid, GridCell, GridPart
from suites.merging.stored import expert_state, read, to_float


def load_parts(assets: Assets, settings: Mapping[str, Any], seed: int) -> list[GridPart]:
    """The one problem of a run; see suites.merging.problems."""
    return [GridPart("", load_grid(assets), assets)]


def load_grid(assets: Assets) -> Grid:
    """The grid, read from a run's assets.

    Args:
        assets: `examples`, `test_inputs`, `pretrained`, `experts`, and in the scorer's process
            `answers` and `answers_experts`.
    """
    examples, inputs = assets["examples"], assets["test_inputs"].tensors
    layout = grid_of(examples)
    classes = torch.arange(layout.outputs)
    experts = range(examples.data["images"]["experts"])

    def pool(split: str, expert: int) -> Examples:
        images, labels = read(examples, split, expert)
        return Examples(images, classes, labels)

    withheld = "answers" not in assets
    labels = {} if withheld else assets["answers"].tensors
    absent = Output(data={"accuracies": []})
    return Grid(
        model=template(assets["pretrained"]),
        experts=[expert_state(assets["experts"], i) for i in experts],
        pretrained=dict(assets["pretrained"].tensors),
        calibration=[pool("calibration", i) for i in experts],
        validation=[pool("validation", i) for i in experts],
        cells=[
            GridCell(group, layout.styles[style], style == 0, tuple(experts), classes)
            for group, style in layout.cells
        ],
        test_inputs=[to_float(inputs[f"{cell}/images"]) for cell in range(len(inputs))],
        test_labels=[labels[f"{cell}/labels"] for cell in range(len(labels))],
        expert_accuracies=assets.get("answers_experts", absent).data["accuracies"],
        outputs=layout.outputs,
        frozen=0,
    )


def combine(measured: Sequence[tuple[GridPart, Scores]]) -> dict[str, float]:
    """A run's metrics from its one problem's.

    Returns:
        `held_in` and `held_out`, the same divided by the experts' mean (`_normalised`), the lowest
        accuracy among the shifted cells (`worst_shift`), and each shifted cell's under its style.
    """
    ((_part, scores),) = measured
    kept = ("held_in", "held_out", "held_in_normalised", "held_out_normalised")
    metrics = {name: scores.metrics[name] for name in kept}
    shifts = {
        cell["style"]: cell["accuracy"] for cell in scores.details["cells"] if not cell["held_in"]
    }
    return metrics | {"worst_shift": min(shifts.values())} | shifts

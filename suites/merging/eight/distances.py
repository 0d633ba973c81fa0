"""Two problems of one run: the experts of one task, fine-tuned at two rates.

Here: the grid at each distance, read from a run's assets, and what the figures make together. A
task asks for it with the setting `distances`: name -> rate. A grid has one cell a data set, all of
them held in, and cell i is expert i's. Not here: the choice of this way
(suites.merging.problems), running a method and measuring it on a grid (suites.merging.harness).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

import torch

from bench.contract.job import Assets, Output, Scores
from suites.merging.eight.network import template
from suites.merging.eight.sets import classes_of
from suites.merging.evaluation import Examples
from suites.merging.grid import Grid, GridCell, GridPart
from suites.merging.stored import backbone, expert_state, head, read, to_float
from suites.merging.vectors import count_weights


def load_parts(assets: Assets, settings: Mapping[str, Any], seed: int) -> list[GridPart]:
    """A problem for each distance, in the settings' order; see suites.merging.problems."""
    found = []
    for distance, rate in settings["distances"].items():
        own = {name.removesuffix(f"_{distance}"): asset for name, asset in assets.items()}
        grid = load_grid(own, settings["fisher_examples"])
        found.append(GridPart(distance, grid, own, {"distance": distance, "rate": rate}))
    return found


def load_grid(assets: Assets, fisher_examples: int) -> Grid:
    """The grid at one distance.

    Args:
        assets: `examples`, `test_inputs`, `pretrained`, `experts`, and in the scorer's process
            `answers` and `answers_experts`.
        fisher_examples: see Grid.
    """
    examples, pretrained = assets["examples"], assets["pretrained"]
    classes = {n: torch.tensor(c) for n, c in classes_of(examples.data["images"]).items()}

    def pool(split: str, expert: int, own: torch.Tensor) -> Examples:
        inputs, labels = read(examples, split, expert)
        return Examples(inputs, own, labels)

    withheld = Output({"labels": torch.empty(0, 0)}, {"accuracies": []})
    return Grid(
        model=template(pretrained),
        experts=[expert_state(assets["experts"], i) for i in range(len(classes))],
        pretrained=backbone(pretrained.tensors),
        calibration=[pool("calibration", i, own) for i, own in enumerate(classes.values())],
        validation=[pool("validation", i, own) for i, own in enumerate(classes.values())],
        cells=[GridCell(i, name, True, (i,), own) for i, (name, own) in enumerate(classes.items())],
        test_inputs=list(to_float(assets["test_inputs"].tensors["images"])),
        test_labels=list(assets.get("answers", withheld).tensors["labels"]),
        expert_accuracies=assets.get("answers_experts", withheld).data["accuracies"],
        outputs=pretrained.data["outputs"],
        frozen=count_weights(head(pretrained.tensors)),
        fisher_examples=fisher_examples,
    )


def combine(measured: Sequence[tuple[GridPart, Scores]]) -> dict[str, float]:
    """A run's metrics from each distance's own figures.

    Returns:
        Each distance's mean accuracy under its name, and divided by the experts' (`_normalised`);
        their mean (`accuracy`); each set's, mean of the distances, under the set's name; and the
        lowest of those (`worst_set`).
    """
    metrics = {part.name: scores.metrics["held_in"] for part, scores in measured}
    metrics["accuracy"] = fmean(metrics.values())
    for part, scores in measured:
        metrics[f"{part.name}_normalised"] = scores.metrics["held_in_normalised"]
    tables = [scores.details["cells"] for _part, scores in measured]
    sets = {
        cells[0]["style"]: fmean(cell["accuracy"] for cell in cells)
        for cells in zip(*tables, strict=True)
    }
    return metrics | {"worst_set": min(sets.values())} | sets

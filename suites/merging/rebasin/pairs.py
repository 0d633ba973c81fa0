"""Several problems of one run: pairs of networks, each trained apart.

Here: the grid of each pair, read from a run's assets, the loss on the straight path to what a
method returned, and what the figures make together. A task asks for it with the setting `pairs`:
name -> network, groups of digits, training. A cell is a group of digits, held in, answered by the
experts that know it; the choice is among all digits, so that a pair that shares them out has to
tell one expert's from the other's. Not here: the choice of this way (suites.merging.problems),
running a method and measuring it on a grid (suites.merging.harness).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from statistics import fmean
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from bench.contract.job import Assets, Output, Scores
from suites.merging.evaluation import Examples, logits
from suites.merging.grid import Grid, GridCell, GridPart
from suites.merging.problem import Merged
from suites.merging.rebasin.data import CLASSES, EXPERTS, rows_of, test_rows
from suites.merging.rebasin.networks import build_network
from suites.merging.rebasin.settings import PATH
from suites.merging.rebasin.training import group_of
from suites.merging.stored import expert_state, to_float
from suites.merging.vectors import State


def load_parts(assets: Assets, settings: Mapping[str, Any], seed: int) -> list[GridPart]:
    """A problem for each pair, in the settings' order; see suites.merging.problems."""
    found = []
    for name, pair in settings["pairs"].items():
        own = {key.removesuffix(f"_{name}"): asset for key, asset in assets.items()}
        grid = load_grid(own, pair, settings["fisher_examples"])
        found.append(GridPart(name, grid, own, {"pair": name}, partial(path_figures, grid)))
    return found


def load_grid(assets: Assets, pair: Mapping[str, Any], fisher_examples: int) -> Grid:
    """The grid of one pair; no network came before both, so it has no pretrained one.

    Args:
        assets: `examples`, `test_inputs`, `experts`, and in the scorer's process `answers` and
            `answers_experts`.
        pair: its settings.
        fisher_examples: see Grid.
    """
    examples = assets["examples"]
    experts = [expert_state(assets["experts"], i) for i in range(EXPERTS)]
    model = build_network(pair["network"])
    model.load_state_dict(experts[0])  # a template has weights of some kind: no random ones
    pixels = to_float(assets["test_inputs"].tensors["images"])
    withheld = "answers" not in assets
    labels = pixels[:0, 0, 0] if withheld else assets["answers"].tensors["labels"]
    own = assets["answers_experts"].data["accuracies"] if not withheld else []
    cells, inputs, answers, accuracies = [], [], [], []
    for number, group in enumerate(pair["groups"]):
        knowing = (number,) if len(pair["groups"]) > 1 else tuple(range(EXPERTS))
        style = f"{group[0]} to {group[-1]}"
        cells.append(GridCell(number, style, True, knowing, torch.arange(CLASSES)))
        rows = test_rows(assets["test_inputs"], group)
        inputs.append(pixels[rows])
        if not withheld:
            answers.append(labels[rows])
            accuracies.append(fmean(own[expert] for expert in knowing))
    return Grid(
        model=model,
        experts=experts,
        pretrained=None,
        calibration=[pool(examples, "calibration", pair, i) for i in range(EXPERTS)],
        validation=[pool(examples, "validation", pair, i) for i in range(EXPERTS)],
        cells=cells,
        test_inputs=inputs,
        test_labels=answers,
        expert_accuracies=accuracies,
        outputs=CLASSES,
        frozen=0,
        fisher_examples=fisher_examples,
    )


def pool(examples: Output, split: str, pair: Mapping[str, Any], expert: int) -> Examples:
    """An expert's examples of the digits that it knows, as many as the settings say at most.

    Where both know all digits each has images of its own; else the digits deal them out.

    Args:
        examples: the asset.
        split: `calibration` or `validation`.
        pair: its settings.
        expert: its number.
    """
    labels = examples.tensors[f"{split}/labels"]
    each = examples.data["images"][split]
    if len(pair["groups"]) > 1:
        rows = rows_of(labels, group_of(pair, expert))[:each]
    else:
        rows = torch.arange(expert * each, (expert + 1) * each)
    images = to_float(examples.tensors[f"{split}/images"][rows])
    return Examples(images, torch.arange(CLASSES), labels[rows])


def path_figures(grid: Grid, merged: Merged | Tensor) -> tuple[dict[str, float], dict[str, Any]]:
    """The loss barrier on the straight path from the first network to the merged one.

    At a share s of the way a midpoint of two aligned networks has the weight s / 2 of the second,
    so its loss is held against (1 - s/2) L_1 + s/2 L_2, as Entezari et al. (arXiv 2110.06296,
    definition 1) hold a path's whole; the barrier is the largest excess. Losses are mean
    cross-entropies among all digits over all test images. On a pair that shares out the digits
    both ends' are large, and no barrier shows.

    Args:
        grid: with the answers.
        merged: what the method returned; one that isn't a single state has no path.
    Returns:
        `barrier`, in nats, at least 0; and for the run's details `path`: share, loss and accuracy
        of each point.
    """
    if not isinstance(merged, dict):
        return {}, {}
    inputs, labels = torch.cat(list(grid.test_inputs)), torch.cat(list(grid.test_labels))

    def measure(state: State) -> tuple[float, float]:
        scores = logits(grid.model, state, inputs)
        correct = float((scores.argmax(1) == labels).double().mean())
        return float(F.cross_entropy(scores.double(), labels)), correct

    first, second = grid.experts[0], grid.experts[1]
    path = [(share, *measure(_between(first, merged, share))) for share in PATH]
    begin, end = path[0][1], measure(second)[0]
    barrier = max(loss - (1 - share / 2) * begin - share / 2 * end for share, loss, _ in path)
    points = [{"share": s, "loss": loss, "accuracy": correct} for s, loss, correct in path]
    return {"barrier": barrier}, {"path": points}


def _between(first: State, last: State, share: float) -> State:
    """The state at a share of the straight way; what isn't floating-point is the last one's."""
    return {
        name: torch.lerp(tensor, last[name], share) if tensor.is_floating_point() else last[name]
        for name, tensor in first.items()
    }


def combine(measured: Sequence[tuple[GridPart, Scores]]) -> dict[str, float]:
    """A run's metrics from each pair's own figures.

    Returns:
        Each pair's accuracy under its name, and divided by the experts' (`_normalised`); the mean
        of the pairs (`accuracy`); the mean of their barriers (`barrier`), where there is a path.
    """
    metrics = {part.name: scores.metrics["held_in"] for part, scores in measured}
    metrics["accuracy"] = fmean(metrics.values())
    for part, scores in measured:
        metrics[f"{part.name}_normalised"] = scores.metrics["held_in_normalised"]
    barriers = [s.metrics["barrier"] for _part, s in measured if "barrier" in s.metrics]
    return metrics | ({"barrier": fmean(barriers)} if len(barriers) == len(measured) else {})

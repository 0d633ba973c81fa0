"""The one problem of `experts-moe`: a cell is the test images that the router sends to an expert.

Here: the grid, read from a run's assets, what a merged mixture takes to store, and the figures. A
task asks for it with the setting `mixture`. The router is frozen, so which expert an image goes to
is known before anything is merged: a list of states, one an expert, is the mixture with those
experts, and one state is a network in which all experts are that one. An expert that the router
sends nothing to has no cell. Not here: the choice of this way (suites.merging.problems), running
and measuring a method (suites.merging.harness).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from bench.contract.job import Assets, Output, Scores
from suites.merging.evaluation import Examples
from suites.merging.grid import Grid, GridCell, GridPart
from suites.merging.mixture.data import CLASSES
from suites.merging.mixture.networks import EXPERT, template
from suites.merging.routing import Routing
from suites.merging.stored import expert_state, to_float
from suites.merging.vectors import State

LEAST = 8
"""Examples that every expert has for calibration, and for validation, whatever the router says."""


def load_parts(assets: Assets, settings: Mapping[str, Any], seed: int) -> list[GridPart]:
    """The one problem of a run; see suites.merging.problems."""
    return [GridPart("", load_grid(assets, settings["mixture"]), assets)]


def load_grid(assets: Assets, network: Mapping[str, Any]) -> Grid:
    """The grid; no network came before all experts, so it has no pretrained one.

    Args:
        assets: `examples`, `test_inputs`, `experts`, and in the scorer's process `answers` and
            `answers_experts`.
        network: the template's sizes.
    """
    count, classes = network["experts"], torch.arange(CLASSES)
    states = [expert_state(assets["experts"], i) for i in range(count)]
    experts = [{name: state[name] for name in EXPERT} for state in states]
    shared = {
        name.removeprefix("shared/"): tensor
        for name, tensor in assets["experts"].tensors.items()
        if name.startswith("shared/")
    }
    model = template(network, shared, experts[0])

    def route(images: Tensor) -> Tensor:
        with torch.no_grad():
            return model.route(images)

    def pools(split: str) -> list[Examples]:
        images = to_float(assets["examples"].tensors[f"{split}/images"])
        labels = assets["examples"].tensors[f"{split}/labels"]
        return [Examples(images[r], classes, labels[r]) for r in rows_of_experts(route(images))]

    images = to_float(assets["test_inputs"].tensors["images"])
    chosen = route(images).argmax(1)
    used = [i for i in range(count) if (chosen == i).any()]
    withheld = "answers" not in assets
    labels = None if withheld else assets["answers"].tensors["labels"]
    whole = assets.get("answers_experts", Output()).data.get("accuracy")
    return Grid(
        model=model,
        experts=experts,
        pretrained=None,
        calibration=pools("calibration"),
        validation=pools("validation"),
        cells=[GridCell(i, f"expert {i}", True, (i,), classes) for i in used],
        test_inputs=[images[chosen == i] for i in used],
        test_labels=[] if labels is None else [labels[chosen == i] for i in used],
        expert_accuracies=[] if whole is None else [whole] * len(used),
        outputs=CLASSES,
        frozen=sum(tensor.numel() for tensor in shared.values()),
        routing=Routing(to_float(assets["examples"].tensors["calibration/images"]), route),
        stored=stored,
    )


def rows_of_experts(routing: Tensor) -> list[Tensor]:
    """Numbers of each expert's own examples, int64, increasing.

    They are those that it has the highest score of; where these are fewer than LEAST, the LEAST
    that it is most probable for.

    Args:
        routing: scores before softmax, shape (examples, experts).
    """
    chosen, probable = routing.argmax(1), routing.softmax(1)
    found = []
    for i in range(routing.shape[1]):
        own = (chosen == i).nonzero()[:, 0]
        if len(own) < LEAST:
            nearest = probable[:, i].topk(min(LEAST, len(routing))).indices
            own = nearest.sort().values
        found.append(own)
    return found


def stored(states: Sequence[State]) -> int:
    """How many numbers hold these experts: tensors that are alike once, a matrix by its rank.

    A matrix of rank r, as far as its numbers' rounding tells, is held as two factors of
    r (rows + columns) numbers where these are fewer than its own. So nothing is taken on trust of
    a method that says that it compressed. Of rank r and k further rows it counts r + k.
    """
    total = 0
    for name in states[0]:
        distinct: list[Tensor] = []
        for state in states:
            if not any(torch.equal(state[name], other) for other in distinct):
                distinct.append(state[name])
        for tensor in distinct:
            numbers = tensor.numel()
            if tensor.dim() == 2:
                rank = int(torch.linalg.matrix_rank(tensor))
                numbers = min(numbers, rank * sum(tensor.shape))
            total += numbers
    return total


def combine(measured: Sequence[tuple[GridPart, Scores]]) -> dict[str, float]:
    """A run's metrics from each expert's cell.

    Returns:
        `accuracy` on all test images, as they come; the same divided by the whole mixture's
        (`accuracy_normalised`); and the mean over experts, however few images each has
        (`by_expert`).
    """
    ((part, scores),) = measured
    sizes = [len(labels) for labels in part.grid.test_labels]
    own = [float(cell["accuracy"]) for cell in scores.details["cells"]]
    found = sum(a * n for a, n in zip(own, sizes, strict=True)) / sum(sizes)
    return {
        "accuracy": found,
        "accuracy_normalised": found / part.grid.expert_accuracies[0],
        "by_expert": scores.metrics["held_in"],
    }

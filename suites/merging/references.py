"""Rows that are no competitors but fix the scale of the merging tables.

Here: the pretrained model, the experts' mean, the experts themselves, the best of them, joint
training, and the experts' ensemble. They are trusted: each is given the task's grid and its raw
assets, and nothing of what they do is metered. Not here: methods (methods/merging).
"""

from __future__ import annotations

import torch
from torch import Tensor

from bench.contract.job import Assets
from bench.contract.standing import reference
from suites.common.accuracy import accuracy, choose
from suites.merging.evaluation import logits
from suites.merging.grid import Grid
from suites.merging.problem import Merged, Router
from suites.merging.vectors import average


@reference(
    name="pretrained",
    title="Pretrained",
    role="floor",
    meaning="the model that every expert started from",
    tasks=["compose-*", "scaling", "eight", "lora", "time", "soup"],
)
def pretrained(grid: Grid, assets: Assets) -> Merged:
    """The pretrained model, not fine-tuned at all."""
    assert grid.pretrained is not None
    return grid.pretrained


@reference(
    name="midpoint",
    title="Midpoint",
    role="floor",
    meaning="the plain mean of the experts' weights",
    tasks=["rebasin", "experts-moe"],
)
def midpoint(grid: Grid, assets: Assets) -> Merged:
    """The mean of all weights as they are, and of BatchNorm's running statistics."""
    return average(grid.experts)


@reference(
    name="experts",
    title="Individual experts",
    role="scale",
    meaning="each group's own expert, the group known at test time",
    tasks=["compose-*", "scaling", "eight", "rebasin", "soup", "lora", "time"],
)
def experts(grid: Grid, assets: Assets) -> Merged:
    """Each expert on every cell of its own group: nothing merged, all of them deployed."""
    return grid.experts


@reference(
    name="mixture",
    title="Mixture",
    role="ceiling",
    meaning="the mixture with all its experts",
    tasks=["experts-moe"],
)
def mixture(grid: Grid, assets: Assets) -> Merged:
    """Every expert on the inputs that the router sends to it: nothing merged."""
    return grid.experts


@reference(
    name="validated",
    title="Best validated expert",
    role="scale",
    meaning="the expert that is best on all experts' validation images",
    tasks=["soup"],
)
def validated(grid: Grid, assets: Assets) -> Merged:
    """The one fine-tuning that a practitioner keeps; of equals the first."""
    images = torch.cat([examples.inputs for examples in grid.validation])
    labels = torch.cat([e.labels for e in grid.validation if e.labels is not None])
    scores = [accuracy(choose(logits(grid.model, s, images)), labels) for s in grid.experts]
    return grid.experts[scores.index(max(scores))]


@reference(
    name="multitask",
    title="Multitask training",
    role="ceiling",
    meaning="one model fine-tuned on all experts' data together",
    tasks=["compose-*", "scaling", "eight", "lora", "time"],
)
def multitask(grid: Grid, assets: Assets) -> Merged:
    """One model fine-tuned jointly on the held-in cells of all experts."""
    return assets["multitask"].tensors


@reference(
    name="informed",
    title="Trained on the shifts too",
    role="ceiling",
    meaning="one model fine-tuned on more images, in every style that is asked for",
    tasks=["soup"],
)
def informed(grid: Grid, assets: Assets) -> Merged:
    """One fine-tuning that has seen what the experts haven't."""
    return assets["informed"].tensors


@reference(
    name="ensemble",
    title="Ensemble",
    role="scale",
    meaning="the mean of all experts' predicted probabilities",
)
def ensemble(grid: Grid, assets: Assets) -> Router:
    """The mean over all experts of their softmax over all classes: K forward passes an input."""

    asked: Tensor | None = None
    answer = torch.empty(0)

    def mean_probability(inputs: Tensor, task: int) -> Tensor:
        nonlocal asked, answer
        if inputs is not asked:  # a cell may be asked once for each expert: the answer is the same
            total = torch.zeros(len(inputs), grid.outputs)
            for state in grid.experts:
                total += logits(grid.model, state, inputs).softmax(1)
            asked, answer = inputs, total / len(grid.experts)
        return answer

    return mean_probability

"""Choices that need no method: drawn at random, evenly over classes, of right labels alone.

They are references, the scale that a method's choice is read by. Here: which examples they take,
and the asset that trains the evaluator on them once for a task and a seed. Not here: registering
them (suites.selection.references), scoring a choice (suites.selection.scoring).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Generator, Tensor

from bench.contract.job import Assets, Output
from bench.metering.budget import Budget
from bench.metering.meter import Meter
from suites.common.draws import generator
from suites.selection.counters import COUNTERS
from suites.selection.evaluation import accuracy
from suites.selection.passes import Passes
from suites.selection.scores import quotas
from suites.selection.training import Examples

DRAWS = 3
"""How often a random choice is drawn."""


def random(labels: Tensor, truth: Tensor, size: int, draws: Generator) -> Tensor:
    """Any of the pool, int64 (size,)."""
    return torch.randperm(len(labels), generator=draws)[:size]


def stratified(labels: Tensor, truth: Tensor, size: int, draws: Generator) -> Tensor:
    """As many of each class as there are, so far as the labels tell."""
    classes = int(labels.max()) + 1
    members = [(labels == label).nonzero()[:, 0] for label in range(classes)]
    available = torch.tensor([len(rows) for rows in members])
    wanted = quotas(torch.ones(classes), size, available)
    return torch.cat(
        [
            rows[torch.randperm(len(rows), generator=draws)[: int(count)]]
            for rows, count in zip(members, wanted, strict=True)
        ]
    )


def clean_random(labels: Tensor, truth: Tensor, size: int, draws: Generator) -> Tensor:
    """Any of those whose label is right."""
    right = (labels == truth).nonzero()[:, 0]
    return right[torch.randperm(len(right), generator=draws)[:size]]


Choice = Callable[[Tensor, Tensor, int, Generator], Tensor]
"""From labels as given, right ones, a size and a generator to different numbers of the pool."""

CHOICES: Mapping[str, Choice] = {
    "random": random,
    "stratified": stratified,
    "clean_random": clean_random,
}
"""Every such choice, by its reference's name."""


def chosen(name: str, labels: Tensor, truth: Tensor, size: int, seed: int, number: int) -> Tensor:
    """One of the draws of a choice, int64 (size,)."""
    draws = generator(seed, f"selection/{name}/{size}/{number}")
    return CHOICES[name](labels, truth, size, draws)


def build_baselines(arguments: Mapping[str, Any], inputs: Assets) -> Output:
    """Accuracies of the random choice and of the whole pool: what a run is told beside its own.

    Args:
        arguments: `settings` of the task, `seed`.
        inputs: `pool` and `answers`.
    Returns:
        Tensors `random` (draws, sizes); data: `full_long`, the accuracy after ten epochs of the
        pool as it is given.
    """
    settings, seed = arguments["settings"], arguments["seed"]
    pool, answers = inputs["pool"].tensors, inputs["answers"].tensors
    test = Examples(answers["test_images"], answers["test_labels"])
    examples = Examples(pool["images"], pool["labels"])
    meter = Meter(Budget(), COUNTERS)
    passes = Passes(meter)
    with meter:
        rows = [
            [
                accuracy(
                    settings,
                    seed,
                    examples.rows(
                        chosen("random", pool["labels"], answers["truth"], size, seed, number)
                    ),
                    test,
                    passes,
                )
                for size in settings["sizes"]
            ]
            for number in range(DRAWS)
        ]
        long = accuracy(settings, seed, examples, test, passes, LONG_EPOCHS * len(examples))
    return Output({"random": torch.tensor(rows, dtype=torch.float64)}, {"full_long": long})


LONG_EPOCHS = 10
"""What training on the whole pool is taken to be, for the trainings after which choosing pays."""

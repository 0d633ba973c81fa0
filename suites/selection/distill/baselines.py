"""What a made set is read against: random sets of the same size, and the whole pool.

Here: the asset that holds ConvNet-3's accuracies on them, which scoring alone is given. Not here:
the references, which are rows of their own (suites.selection.distill.references).
"""

from __future__ import annotations

from collections.abc import Mapping
from statistics import fmean
from typing import Any

import torch
from torch import Generator, Tensor

from bench.contract.job import Assets, Output
from bench.metering.budget import Budget
from bench.metering.meter import Meter
from suites.common.draws import generator
from suites.selection.counters import COUNTERS
from suites.selection.distill.augmentations import augmenting
from suites.selection.distill.evaluation import Evaluation, Evaluator, evaluators
from suites.selection.distill.teacher import Teacher
from suites.selection.passes import Passes
from suites.selection.training import Examples, Recipe

RANDOM_SETS = 3
"""How many random sets each figure is the mean of; each is learnt from a start of its own."""


def build_baselines(arguments: Mapping[str, Any], inputs: Assets) -> Output:
    """Accuracies of the first evaluator on random sets and on the whole pool.

    The data are `random_hard`, `random_soft` (the teacher's probabilities for labels), both again
    with augmentation (`random_augmented`, `random_soft_augmented`), and `full`.

    Args:
        arguments: `evaluators`, `recipe`, `evaluation_passes`, `full_passes`, `augment`, `classes`,
            `per_class`, `seed`.
        inputs: `pool`, `teacher` and `answers`; images standardised.
    """
    pool = Examples(inputs["pool"].tensors["images"], inputs["pool"].tensors["labels"])
    answers, teacher = inputs["answers"].tensors, Teacher.of(inputs["teacher"])
    classes, seed = arguments["classes"], arguments["seed"]
    first = evaluators(arguments["evaluators"], pool.images, classes)[0]
    augment, amount = augmenting(arguments["augment"]), arguments["evaluation_passes"]
    found: dict[str, list[float]] = {}
    meter = Meter(Budget(), COUNTERS)
    with meter:
        passes = Passes(meter)
        for number in range(RANDOM_SETS):
            evaluation = Evaluation(
                Recipe.of(arguments["recipe"]),
                passes,
                Examples(answers["test_images"], answers["test_labels"]),
                lambda purpose, number=number: generator(  # type: ignore[misc]
                    seed, f"selection/baselines/{number}/{purpose}"
                ),
            )
            rows = random_rows(
                pool.targets,
                classes,
                arguments["per_class"],
                evaluation.generator("rows"),
            )
            hard = pool.rows(rows)
            with torch.no_grad():
                soft = Examples(hard.images, teacher.logits(hard.images).softmax(1))
            once = Evaluator(first.name, first.network)
            for name, examples in (("random_hard", hard), ("random_soft", soft)):
                found.setdefault(name, []).extend(evaluation.accuracies(once, examples, amount))
            for name, examples in (("random_augmented", hard), ("random_soft_augmented", soft)):
                accuracies = evaluation.accuracies(once, examples, amount, augment=augment)
                found.setdefault(name, []).extend(accuracies)
        found["full"] = evaluation.accuracies(first, pool, arguments["full_passes"])
    return Output(data={name: fmean(accuracies) for name, accuracies in found.items()})


def random_rows(labels: Tensor, classes: int, per_class: int, draws: Generator) -> Tensor:
    """Numbers of so many random examples of each class, class by class, int64."""
    rows = []
    for label in range(classes):
        members = (labels == label).nonzero()[:, 0]
        rows.append(members[torch.randperm(len(members), generator=draws)[:per_class]])
    return torch.cat(rows)

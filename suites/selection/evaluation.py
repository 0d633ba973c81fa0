"""Trains the evaluator on examples and says how good it is: what a choice is worth.

Here: one training and its accuracy, for tasks that choose; starts and the order of batches are the
task's and the seed's own, so that methods stay paired. Not here: the other track's evaluators
(suites.selection.distill.evaluation), figures that need no training (suites.selection.figures).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from suites.common.draws import generator
from suites.selection.networks import Network, build
from suites.selection.passes import Passes
from suites.selection.training import Examples, Recipe, in_batches, steps_of, train


def accuracy(
    settings: Mapping[str, Any],
    seed: int,
    examples: Examples,
    test: Examples,
    passes: Passes,
    of_passes: float | None = None,
) -> float:
    """Accuracy on the test of the task's evaluator, trained on examples.

    Args:
        settings: `network`, `recipe`, `passes`.
        seed: of the task: the evaluator's start and the order of its batches come from it alone.
        of_passes: how many passes its training takes, if not the task's.
    """
    network = build(settings["network"])
    recipe = Recipe.of(settings["recipe"])
    start = network.start(generator(seed, "selection/evaluator/start"))
    order = generator(seed, "selection/evaluator/order")
    steps = steps_of(of_passes or settings["passes"], len(examples), recipe.batch)
    weights = train(network, start, examples, recipe, steps, order, passes)
    return hits(network, weights, test)


@torch.no_grad()
def hits(network: Network, weights: Tensor, test: Examples) -> float:
    """The share of the test's images whose likeliest class is their own."""
    right = 0
    for rows in in_batches(len(test)):
        predicted = network.logits(weights, test.images[rows]).argmax(1)
        right += int((predicted == test.targets[rows]).sum())
    return right / len(test)

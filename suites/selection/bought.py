"""What methods may buy of a pool: short trainings, a course, a clean network.

Each is built once for a task and a seed, and tells what building it cost, which each method that
asks for it is charged. Here: these assets. Not here: the pool (suites.selection.pools), the
teacher (suites.selection.distill.teacher).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Generator, Tensor

from bench.contract.job import Assets, Output
from bench.metering.budget import Budget
from bench.metering.meter import Meter
from suites.common.draws import generator
from suites.selection.counters import COUNTERS
from suites.selection.networks import Network, build
from suites.selection.passes import Passes
from suites.selection.training import Examples, Recipe, outputs, steps_of, train

NETWORKS, EARLY_EPOCHS, COURSE_EPOCHS, REFERENCE_EPOCHS = 10, 2, 10, 30


def start_of(network: Network, seed: int) -> Tensor:
    """The weights that the course and the clean network begin with, shape (size,)."""
    return network.start(generator(seed, "selection/course/start"))


def build_early(arguments: Mapping[str, Any], inputs: Assets) -> Output:
    """Ten networks after two epochs on the pool: logits, and the features' lengths.

    Args:
        arguments: `network`, `recipe`, `seed`.
        inputs: `pool`.
    """
    network, examples = build(arguments["network"]), _pool(inputs)
    logits, norms = [], []
    meter = Meter(Budget(), COUNTERS)
    passes = Passes(meter)
    with meter:
        for number in range(NETWORKS):
            draws = generator(arguments["seed"], f"selection/early/{number}")
            start = network.start(draws)
            weights = _epochs(network, start, examples, arguments, EARLY_EPOCHS, draws, passes)
            some, features = outputs(network, weights, examples.images, passes)
            logits.append(some)
            norms.append(features.square().sum(1).sqrt())
    return Output(
        {"logits": torch.stack(logits), "feature_norms": torch.stack(norms)}, _cost(meter)
    )


def build_course(arguments: Mapping[str, Any], inputs: Assets) -> Output:
    """A network's ten epochs on the pool; arguments and inputs as of `build_early`."""
    network, examples = build(arguments["network"]), _pool(inputs)
    start = start_of(network, arguments["seed"])
    draws = generator(arguments["seed"], "selection/course/order")
    recipe = Recipe.of(arguments["recipe"])
    total = steps_of(COURSE_EPOCHS * len(examples), len(examples), recipe.batch)
    ends = {round(total * epoch / COURSE_EPOCHS) for epoch in range(1, COURSE_EPOCHS + 1)}
    logits, snapshots, features = [], [], torch.empty(0)
    meter = Meter(Budget(), COUNTERS)
    passes = Passes(meter)

    def look(step: int, weights: Tensor) -> None:
        nonlocal features
        if step in ends:
            some, features = outputs(network, weights, examples.images, passes)
            logits.append(some)
            snapshots.append(weights.clone())

    with meter:
        train(network, start, examples, recipe, total, draws, passes, each=look)
    return Output(
        {
            "logits": torch.stack(logits),
            "weights": torch.stack(snapshots),
            "features": features,
            "start": start,
        },
        _cost(meter),
    )


def build_reference(arguments: Mapping[str, Any], inputs: Assets) -> Output:
    """A network trained on the validation set alone, from the course's start.

    Args:
        arguments: as of `build_early`.
        inputs: `validation`.
    """
    network, validation = build(arguments["network"]), inputs["validation"].tensors
    examples = Examples(validation["images"], validation["labels"])
    start = start_of(network, arguments["seed"])
    draws = generator(arguments["seed"], "selection/reference")
    meter = Meter(Budget(), COUNTERS)
    with meter:
        passes = Passes(meter)
        weights = _epochs(network, start, examples, arguments, REFERENCE_EPOCHS, draws, passes)
    return Output({"weights": weights, "start": start}, _cost(meter))


def _pool(inputs: Assets) -> Examples:
    tensors = inputs["pool"].tensors
    return Examples(tensors["images"], tensors["labels"])


def _epochs(
    network: Network,
    start: Tensor,
    examples: Examples,
    arguments: Mapping[str, Any],
    epochs: int,
    draws: Generator,
    passes: Passes,
) -> Tensor:
    recipe = Recipe.of(arguments["recipe"])
    steps = steps_of(epochs * len(examples), len(examples), recipe.batch)
    return train(network, start, examples, recipe, steps, draws, passes)


def _cost(meter: Meter) -> dict[str, Any]:
    """What building it spent, counter by counter, for those who ask for it."""
    return {"cost": {name: amount for name, amount in meter.spent.items() if amount}}

"""One architecture, trained alone from one seed.

Here: the training whose accuracy is the truth. A seed fixes the order of
batches for all architectures, so that they differ by themselves and by their own first weights; an
architecture's first weights hang on its digits and the seed. Not here: which architectures and
seeds (suites.supernet.truth.plans), files (suites.supernet.truth.shards), evaluation
(suites.supernet.evaluation), a supernet's training.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from suites.common.draws import generator
from suites.supernet.evaluation import evaluate
from suites.supernet.network import Architecture, Network
from suites.supernet.overlay import overlay
from suites.supernet.recipe import Recipe
from suites.supernet.spaces.space import digits


@dataclass(frozen=True)
class Outcome:
    """What a trained network reaches: accuracies as shares, losses as mean cross-entropies."""

    test_accuracy: float
    test_loss: float
    validation_accuracy: float
    validation_loss: float


def train_alone(network: Network, architecture: Architecture, recipe: Recipe, seed: int) -> Outcome:
    """Train the architecture on `overlay` and evaluate it.

    The figures are the same in any process and order, as long as torch has one thread.
    """
    weights = fit(network, architecture, recipe, seed)
    test = evaluate(network, weights, architecture, overlay("test"))
    return Outcome(*test, *evaluate(network, weights, architecture, overlay("validation")))


def fit(
    network: Network, architecture: Architecture, recipe: Recipe, seed: int
) -> dict[str, Tensor]:
    """The architecture's weights after its training."""
    name = f"supernet/truth/{network.space.name}"
    weights = network.weights(
        generator(seed, f"{name}/weights/{digits(architecture)}"), architecture
    )
    for tensor in weights.values():
        tensor.requires_grad_()
    optimiser = torch.optim.AdamW(
        list(weights.values()), lr=recipe.rate, weight_decay=recipe.decay, fused=True
    )
    examples = overlay("training")
    for step, rows in enumerate(batches(len(examples), recipe, seed)):
        optimiser.param_groups[0]["lr"] = recipe.rate_at(step)
        logits = network.forward(weights, architecture, examples.images[rows])
        loss = F.cross_entropy(logits, examples.labels[rows])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return {name: tensor.detach() for name, tensor in weights.items()}


def batches(examples: int, recipe: Recipe, seed: int) -> Iterator[Tensor]:
    """The rows of each step's batch: each epoch goes through all examples in a new order."""
    draws = generator(seed, "supernet/truth/batches")
    left = torch.empty(0, dtype=torch.int64)
    for _ in range(recipe.steps):
        if len(left) < recipe.batch:
            left = torch.randperm(examples, generator=draws)
        rows, left = left[: recipe.batch], left[recipe.batch :]
        yield rows

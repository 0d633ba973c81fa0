"""Trains the experts of the task `lora`: low-rank adapters on one frozen base.

Here: the asset builder. Of every linear layer but the head, W = W_0 + (alpha / rank) B A, with A of
shape (rank, inputs) drawn from a normal distribution and B, (outputs, rank), from zero; nothing
else is trained (Hu et al., "LoRA", section 4.1; there on attention's layers, here on all). What is
stored, and what methods are given, is W: the products, never the factors, which are only one of
many pairs with the same product. Not here: images and the other networks (suites.merging.compose).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Generator, Tensor

from bench.contract.job import Output
from suites.common.draws import generator
from suites.common.networks import VisionTransformer
from suites.common.trainer import (
    Loss,
    Recipe,
    Shuffled,
    classification_loss,
    draw_order,
    logits,
    stack_states,
    train,
)
from suites.merging.compose.layout import layout
from suites.merging.compose.networks import group_accuracy, group_masks, template
from suites.merging.stored import backbone, read, to_float
from suites.merging.vectors import State, linear_layers

DOWN, UP = "A/", "B/"
"""What stands before a weight's name in the names of its two factors."""


def build_experts(arguments: Mapping[str, Any], inputs: Mapping[str, Output]) -> Output:
    """Train one adapter for each held-in cell, and add its products to the base.

    Returns:
        `{expert}/{parameter}` for each, the backbone with the adapter in it; data: `validation`
        (each expert's accuracy on its own cell) and `loss` (mean of the last tenth of the steps).
    """
    seed, plan, adapters = arguments["seed"], arguments["experts"], arguments["adapters"]
    grid, examples = layout(arguments["images"]), inputs["examples"]
    network, base = template(inputs["pretrained"]), inputs["pretrained"].tensors
    names = adapted_weights(network)
    count, scale = len(grid.held_in), adapters["alpha"] / adapters["rank"]
    pixels, labels = (examples.tensors[f"training/{what}"] for what in ("images", "labels"))
    each = labels.shape[1]
    orders = [
        i * each
        + draw_order(each, plan["steps"], plan["batch"], generator(seed, f"experts/order/{i}"))
        for i in range(count)
    ]
    masks = group_masks(grid)[[group for group, _style in grid.held_in]]
    trained = train(
        adapter_loss(network, names, scale),
        stack_states(
            [
                draw_factors(base, names, adapters["rank"], generator(seed, f"adapters/start/{i}"))
                for i in range(count)
            ]
        ),
        Shuffled((pixels.flatten(0, 1), labels.flatten()), torch.stack(orders), (masks,), to_float),
        [plan["rate"]] * count,
        Recipe(plan["steps"], warmup=plan.get("warmup", 0)),
        frozen=base,
    )
    states = [add_products(backbone(base), trained.state(i), names, scale) for i in range(count)]
    accuracies = []
    for i, (group, _style) in enumerate(grid.held_in):
        images, answers = read(examples, "validation", i)
        scores = logits(network, states[i], images)
        accuracies.append(group_accuracy(grid, group, scores, answers))
    tail = max(1, plan["steps"] // 10)
    losses = [float(loss) for loss in trained.losses[:, -tail:].mean(1)]
    tensors = {f"{i}/{name}": t for i, state in enumerate(states) for name, t in state.items()}
    return Output(tensors, {"validation": accuracies, "loss": losses})


def adapted_weights(network: VisionTransformer) -> list[str]:
    """Names of the weights that have an adapter: those of all linear layers but the head."""
    trained = backbone(dict(network.named_parameters()))
    return [name for name, _layer in linear_layers(network, trained)]


def draw_factors(base: State, names: Sequence[str], rank: int, draws: Generator) -> State:
    """An untrained adapter: A normal with variance 1 / inputs, B zero, so that nothing changes.

    Returns:
        For each of `names` two tensors, A of shape (rank, inputs) and B of (outputs, rank).
    """
    factors = {}
    for name in names:
        outputs, inputs = base[name].shape
        factors[DOWN + name] = torch.randn(rank, inputs, generator=draws) / math.sqrt(inputs)
        factors[UP + name] = torch.zeros(outputs, rank)
    return factors


def adapter_loss(network: VisionTransformer, names: Sequence[str], scale: float) -> Loss:
    """`loss(state, inputs, labels[, mask])` of base and factors: the adapted network's."""
    whole = classification_loss(network)

    def loss(state: dict[str, Tensor], *batch: Tensor) -> Tensor:
        weights = {name: t for name, t in state.items() if not name.startswith((DOWN, UP))}
        for name in names:
            weights[name] = state[name] + scale * (state[UP + name] @ state[DOWN + name])
        return whole(weights, *batch)

    return loss


def add_products(base: State, factors: State, names: Sequence[str], scale: float) -> State:
    """The base with the products added to it, rounded once to the base's type."""
    state = {name: tensor.clone() for name, tensor in base.items()}
    for name in names:
        product = factors[UP + name].double() @ factors[DOWN + name].double()
        state[name] = (base[name].double() + scale * product).to(base[name].dtype)
    return state

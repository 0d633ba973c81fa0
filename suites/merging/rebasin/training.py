"""Trains the pairs of `rebasin`: two networks apart, from initialisations of their own.

Here: the asset builders for networks. Perceptrons are trained by suites.common.trainer, the
residual network by a plain loop, as its BatchNorm keeps running statistics. Both networks of a pair
see the training images of their digits in orders of their own. Not here: images
(suites.merging.rebasin.data), what becomes of the pair (suites.merging.rebasin.pairs).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from bench.contract.job import Output
from suites.common.accuracy import accuracy, choose
from suites.common.draws import generator
from suites.common.networks import initialise
from suites.common.trainer import (
    Recipe,
    Shuffled,
    classification_loss,
    cross_entropy,
    draw_order,
    stack_states,
    train,
)
from suites.merging.evaluation import logits
from suites.merging.rebasin.data import EXPERTS, rows_of
from suites.merging.rebasin.networks import build_network
from suites.merging.stored import expert_state, to_float
from suites.merging.vectors import State, copy_state


def group_of(pair: Mapping[str, Any], expert: int) -> Tensor:
    """The digits that an expert of the pair knows, int64 (digits,), increasing."""
    groups = pair["groups"]
    return torch.tensor(groups[expert] if len(groups) > 1 else groups[0])


def build_experts(arguments: Mapping[str, Any], inputs: Mapping[str, Output]) -> Output:
    """Train both networks of a pair.

    Args:
        arguments: `seed`, `name` (the pair's, which its draws depend on), `pair`.
    Returns:
        `{expert}/{name}` for each, buffers included; data: `loss` (of the last tenth of the steps).
    """
    pair, plan = arguments["pair"], arguments["pair"]["training"]
    purpose = f"rebasin/{arguments['name']}"
    network = build_network(pair["network"])
    pixels = to_float(inputs["examples"].tensors["training/images"])
    labels = inputs["examples"].tensors["training/labels"]
    starts, orders = [], []
    for i in range(EXPERTS):
        draws = generator(arguments["seed"], f"{purpose}/{i}")
        starts.append(initialise(network, draws))
        mine = rows_of(labels, group_of(pair, i))
        orders.append(mine[draw_order(len(mine), plan["steps"], plan["batch"], draws)])
    fit = _fit_stacked if pair["network"]["kind"] == "mlp" else _fit_each
    states, losses = fit(network, starts, (pixels, labels), torch.stack(orders), plan)
    tensors = {f"{i}/{name}": t for i, state in enumerate(states) for name, t in state.items()}
    last = losses[:, -max(1, plan["steps"] // 10) :].mean(1)
    return Output(tensors, {"loss": last.tolist()})


def _fit_stacked(
    network: nn.Module,
    starts: list[State],
    data: tuple[Tensor, Tensor],
    orders: Tensor,
    plan: Mapping[str, Any],
) -> tuple[list[State], Tensor]:
    """AdamW with a cosine schedule; for networks without buffers. Losses have shape (2, steps)."""
    trained = train(
        classification_loss(network),
        stack_states(starts),
        Shuffled(data, orders),
        [plan["rate"]] * len(starts),
        Recipe(plan["steps"]),
    )
    return [trained.state(i) for i in range(len(starts))], trained.losses


def _fit_each(
    network: nn.Module,
    starts: list[State],
    data: tuple[Tensor, Tensor],
    orders: Tensor,
    plan: Mapping[str, Any],
) -> tuple[list[State], Tensor]:
    """The same optimiser and schedule, one network after the other, in training mode."""
    pixels, labels = data
    recipe = Recipe(plan["steps"])
    states, losses = [], torch.empty(orders.shape[:2])
    for i, start in enumerate(starts):
        network.load_state_dict(start)
        network.train()
        optimiser = torch.optim.AdamW(
            network.parameters(), lr=plan["rate"], weight_decay=0.0, fused=True
        )
        for step, rows in enumerate(orders[i]):
            for group in optimiser.param_groups:
                group["lr"] = plan["rate"] * recipe.factor(step)
            with torch.enable_grad():
                loss = cross_entropy(network(pixels[rows]), labels[rows])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            losses[i, step] = loss.detach()
        network.eval()
        states.append(copy_state(network.state_dict()))
    return states, losses


def build_expert_accuracies(arguments: Mapping[str, Any], inputs: Mapping[str, Output]) -> Output:
    """Each expert's test accuracy among all digits on those that it knows; for scoring only.

    Args:
        arguments: `name` and `pair`.
    Returns:
        data: `accuracies`, one an expert.
    """
    pair = arguments["pair"]
    network, experts = build_network(pair["network"]), inputs[f"experts_{arguments['name']}"]
    pixels, labels = inputs["test_inputs"].tensors["images"], inputs["answers"].tensors["labels"]
    accuracies = []
    for i in range(EXPERTS):
        mine = rows_of(labels, group_of(pair, i))
        scores = logits(network, expert_state(experts, i), to_float(pixels[mine]))
        accuracies.append(accuracy(choose(scores), labels[mine]))
    return Output(data={"accuracies": accuracies})

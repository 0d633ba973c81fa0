"""Trains the mixture of `experts-moe`, and measures it.

Here: the asset builders for the network. AdamW, its rate falling to 0; cross-entropy plus the
balancing loss of Switch Transformers (Fedus et al. 2021, equations 4 to 6), balance * K sum_i f_i
P_i with f_i the share of a batch that goes to expert i and P_i its mean probability. The router
starts at a tenth of a layer's usual size, as theirs does, so that its choice isn't settled before
experts differ. Not here: images (suites.merging.mixture.data).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from bench.contract.job import Output
from suites.common.accuracy import accuracy
from suites.common.draws import generator
from suites.common.networks import initialise
from suites.merging.mixture.data import training_images
from suites.merging.mixture.networks import EXPERT, ExpertNet, mixed_logits
from suites.merging.stored import to_float

ROUTER_START = 0.1


def build_mixture(arguments: Mapping[str, Any], inputs: Mapping[str, Output]) -> Output:
    """Train all experts together, each from an initialisation of its own.

    Args:
        arguments: `seed`, `images`, `network`, `training`.
    Returns:
        `shared/{name}` of stem, router and head, and `{expert}/{name}` for each expert.
    """
    network, plan = arguments["network"], arguments["training"]
    draws = generator(arguments["seed"], "experts-moe/mixture")
    pixels, labels = training_images(arguments["images"], arguments["seed"])
    states = [initialise(ExpertNet(**network), draws) for _ in range(network["experts"])]
    shared = {name: tensor for name, tensor in states[0].items() if name not in EXPERT}
    shared["router.weight"] *= ROUTER_START
    experts = [torch.stack([state[name] for state in states]) for name in EXPERT]
    trained = [tensor.requires_grad_() for tensor in (*shared.values(), *experts)]
    optimiser = torch.optim.AdamW(trained, lr=plan["rate"], weight_decay=0.0)
    for step in range(plan["steps"]):
        optimiser.param_groups[0]["lr"] = plan["rate"] * (1 - step / plan["steps"])
        rows = torch.randint(len(pixels), (plan["batch"],), generator=draws)
        scores, routing = mixed_logits(shared, experts, pixels[rows])
        loss = F.cross_entropy(scores, labels[rows]) + plan["balance"] * imbalance(routing)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    tensors = {f"shared/{name}": tensor.detach() for name, tensor in shared.items()}
    for name, stacked in zip(EXPERT, experts, strict=True):
        tensors |= {f"{i}/{name}": one.detach().clone() for i, one in enumerate(stacked)}
    return Output(tensors)


def imbalance(routing: Tensor) -> Tensor:
    """K sum_i f_i P_i: 1 where all experts are used evenly, K where one gets everything.

    Args:
        routing: scores before softmax, shape (examples, experts).
    """
    experts = routing.shape[1]
    used = F.one_hot(routing.argmax(1), experts).float().mean(0)
    return experts * (used * routing.softmax(1).mean(0)).sum()


def build_accuracy(arguments: Mapping[str, Any], inputs: Mapping[str, Output]) -> Output:
    """The whole mixture's accuracy on the test images, as `accuracy`; for scoring only."""
    mixture, pixels = inputs["experts"].tensors, inputs["test_inputs"].tensors["images"]
    shared = {n.removeprefix("shared/"): t for n, t in mixture.items() if n.startswith("shared/")}
    count = arguments["network"]["experts"]
    experts = [torch.stack([mixture[f"{i}/{name}"] for i in range(count)]) for name in EXPERT]
    scores, _routing = mixed_logits(shared, experts, to_float(pixels))
    found = accuracy(scores.argmax(1), inputs["answers"].tensors["labels"])
    return Output(data={"accuracy": found})

"""A small network that tells which expert's task an input is of, taught on the experts' own inputs.

Twin-Merging's router (github.com/LZY-the-boys/Twin-Merging, discriminative/router.py), which
1bit-Merging takes as well: three linear layers, the first two followed by BatchNorm, leaky ReLU and
dropout of a half, on the features that a merged network gives its classifier; cross-entropy with
the tasks' numbers, AdamW without decay, its rate falling to 0. It sees no label of any task.
Hidden layers are twice as wide as the features there; here 512 at most.
Not here: what is done with the answer (methods/merging).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Generator, Tensor, nn

from suites.merging.encoders import last_inputs
from suites.merging.problem import MergingProblem
from suites.merging.vectors import State

WIDEST = 512
"""Of a hidden layer."""

TASK_BATCH, TASK_RATE = 128, 5e-4
"""Inputs of a step, and AdamW's rate at the start."""


def features(model: nn.Module, state: State, inputs: Tensor) -> Tensor:
    """What the network gives the last linear layer that it calls, averaged over tokens.

    Args:
        model: the template.
        state: weights.
        inputs: shape (examples, ...).
    Returns:
        Shape (examples, width); of a network without linear layers its answer.
    """
    return torch.cat(
        [
            given.reshape(len(given), -1, given.shape[-1]).mean(1)
            for given in last_inputs(model, state, inputs)
        ]
    )


def own_features(problem: MergingProblem, state: State, examples: int) -> tuple[Tensor, Tensor]:
    """Features of every expert's own inputs, and the experts' numbers. Needs `unlabeled`.

    Returns:
        Shapes (inputs, width) and (inputs,), int64.
    """
    inputs = [problem.unlabeled(i, examples) for i in range(len(problem.experts))]
    tasks = [torch.full((len(own),), i) for i, own in enumerate(inputs)]
    return torch.cat([features(problem.model, state, own) for own in inputs]), torch.cat(tasks)


def learn_tasks(
    known: Tensor, tasks: Tensor, experts: int, steps: int, generator: Generator
) -> State:
    """Teach a router; what it has learnt, for `task_scores`.

    Args:
        known: features, shape (inputs, width).
        tasks: each one's task, int64 (inputs,).
        experts: how many tasks there are.
        steps: of AdamW.
        generator: of the start, the batches and the dropout.
    """
    width = known.shape[1]
    hidden = min(2 * width, WIDEST)
    learnt = start(width, hidden, experts, generator)
    trained = [tensor.requires_grad_() for name, tensor in learnt.items() if "running" not in name]
    optimiser = torch.optim.AdamW(trained, lr=TASK_RATE, weight_decay=0)
    size = min(TASK_BATCH, len(known))
    for step in range(steps):
        optimiser.param_groups[0]["lr"] = TASK_RATE * (1 - step / steps)
        rows = torch.randperm(len(known), generator=generator)[:size]
        masks = [(torch.rand(size, hidden, generator=generator) < 0.5) * 2.0 for _ in range(2)]
        optimiser.zero_grad()
        F.cross_entropy(task_scores(learnt, known[rows], masks), tasks[rows]).backward()
        optimiser.step()
    return {name: tensor.detach() for name, tensor in learnt.items()}


def start(width: int, hidden: int, experts: int, generator: Generator) -> State:
    """A router that has learnt nothing: torch's own first weights, uniform below 1/sqrt(inputs)."""
    state = {}
    for name, inputs, outputs in (
        ("1", width, hidden),
        ("2", hidden, hidden),
        ("3", hidden, experts),
    ):
        for kind, shape in (("weight", (outputs, inputs)), ("bias", (outputs,))):
            drawn = torch.rand(shape, generator=generator)
            state[f"{name}.{kind}"] = (2 * drawn - 1) / inputs**0.5
        if name != "3":
            state |= {f"{name}.gain": torch.ones(outputs), f"{name}.shift": torch.zeros(outputs)}
            state |= {f"{name}.running_mean": torch.zeros(outputs)}
            state |= {f"{name}.running_variance": torch.ones(outputs)}
    return state


def task_scores(learnt: State, known: Tensor, masks: Sequence[Tensor] = ()) -> Tensor:
    """Scores of the tasks before softmax, shape (inputs, experts).

    Args:
        learnt: from `learn_tasks`; while it learns, its running statistics are written.
        known: features, shape (inputs, width).
        masks: dropout's for both hidden layers, while it learns.
    """
    x = known.float()
    for i, name in enumerate(("1", "2")):
        x = F.linear(x, learnt[f"{name}.weight"], learnt[f"{name}.bias"])
        x = F.batch_norm(
            x,
            learnt[f"{name}.running_mean"],
            learnt[f"{name}.running_variance"],
            learnt[f"{name}.gain"],
            learnt[f"{name}.shift"],
            training=bool(masks) and len(x) > 1,
        )
        x = F.leaky_relu(x)
        if masks:
            x = x * masks[i]
    return F.linear(x, learnt["3.weight"], learnt["3.bias"])

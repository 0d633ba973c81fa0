"""Training on the labelled examples of experts' tasks, for methods that go on where merging ends.

Here: a short fine-tuning by AdamW, run by the method and metered operator by operator. Not here:
the examples and their loss (suites.merging.pools), what a method trains for (methods/merging).
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.func import functional_call

from suites.merging.buffers import observed
from suites.merging.pools import Pool, batches, cross_entropy
from suites.merging.problem import MergingProblem
from suites.merging.vectors import State, copy_state, weight_names


def trained_names(model: nn.Module, state: State) -> list[str]:
    """Names of what training changes: floating-point numbers that aren't running statistics."""
    statistics = observed(model, state)
    return [n for n in weight_names(state) if n not in statistics and state[n].numel()]


def fine_tune(
    problem: MergingProblem,
    start: State,
    pool: Pool,
    *,
    steps: int,
    images: int,
    rate: float,
    decay: float = 0.0,
    masks: Mapping[str, Tensor] | None = None,
) -> State:
    """A state after some steps of AdamW, the rate falling linearly to zero.

    Args:
        start: where it begins; left as it is.
        pool: what it learns from.
        steps: updates.
        images: examples of a batch.
        rate: the first step's, no unit.
        decay: decoupled weight decay.
        masks: by name, where weights may differ from zero; those elsewhere are zero after each
            step.
    Returns:
        A state of its own; running statistics are the start's, what the network doesn't use too.
    """
    own = copy_state(start)
    leaves = {name: own[name].requires_grad_() for name in trained_names(problem.model, start)}
    optimiser = torch.optim.AdamW(list(leaves.values()), lr=rate, weight_decay=decay, fused=True)
    drawn = batches(pool, images, problem.generator)
    for step, batch in zip(range(steps), drawn, strict=False):
        with torch.enable_grad():
            loss = cross_entropy(functional_call(problem.model, own, (batch.inputs,)), batch)
            slopes = torch.autograd.grad(loss, list(leaves.values()), allow_unused=True)
        for leaf, slope in zip(leaves.values(), slopes, strict=True):
            # The fused step reads memory as it lies, and the slope of a sum is one number expanded.
            leaf.grad = None if slope is None else slope.contiguous()
        optimiser.param_groups[0]["lr"] = rate * (1 - step / steps)
        optimiser.step()
        for name, mask in (masks or {}).items():
            leaves[name].data.mul_(mask)
    return {name: tensor.detach() for name, tensor in own.items()}

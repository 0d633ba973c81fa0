"""Straight-through estimator (20 steps): learn the permutation that lowers the midpoint's loss.

From theta~ = theta_A, at each step: P = weight matching of theta_B to theta~, from the last P on;
the gradient of the loss at 1/2 (theta_A + P(theta_B)), taken as theta~'s, moves theta~ by SGD with
momentum 0.9. The P of the lowest loss is kept; theta = 1/2 (theta_A + P(theta_B)). Source:
Ainsworth et al., section 3.3, and github.com/samuela/git-re-basin (`mnist_mlp_ste2.py`: rate 0.01,
250 epochs of 60 batches on the training set). Here 20 batches of 128 of the labelled calibration
examples of both tasks, on which losses are compared. Where the network has BatchNorm its running
statistics are measured anew at each midpoint, as constants of the gradient.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.func import functional_call

from bench import method
from suites.merging.channels import Channels, read_structure
from suites.merging.permutations import (
    OBSERVED,
    Match,
    Orders,
    match_weights,
    merge_aligned,
    permute,
)
from suites.merging.problem import MergingProblem
from suites.merging.repair import remeasure
from suites.merging.vectors import State, weight_names

MOMENTUM, BATCH = 0.9, 128
"""Of SGD; examples a step."""


@method(
    name="straight_through",
    title="Straight-through estimator (20 steps)",
    paper=("Git Re-Basin", 2023, "https://arxiv.org/abs/2209.04836"),
    needs=["apart", "labels", "gradients"],
    traits=["random", "order_matters"],
    params={"rate": 0.01, "steps": 20, "examples": 256},
    space={"rate": [0.01, 0.03, 0.1]},
)
def straight_through(problem: MergingProblem, *, rate: float, steps: int, examples: int) -> State:
    """The mean of the aligned experts."""
    return merge_aligned(problem, by_descent(problem, rate, steps, examples))


def by_descent(problem: MergingProblem, rate: float, steps: int, examples: int) -> Match:
    """The straight-through estimator as `suites.merging.permutations.align` takes it."""
    pools = [problem.labeled(i, examples) for i in range(len(problem.experts))]
    inputs, labels = (torch.cat(parts) for parts in zip(*pools, strict=True))

    structure = read_structure(problem.model, problem.experts[0])

    def match(first: State, other: State, groups: Sequence[Channels]) -> Orders:
        moving = {name: tensor.clone() for name, tensor in first.items()}
        velocity = {n: torch.zeros_like(first[n]) for n in weights_of(first)}
        best, lowest, orders = [torch.arange(g.size) for g in groups], float("inf"), None
        for _step in range(steps):
            orders = match_weights(
                moving,
                other,
                groups,
                generator=problem.generator,
                meter=problem.meter,
                start=orders,
            )
            rows = torch.randperm(len(inputs), generator=problem.generator)[:BATCH]
            projected = permute(other, groups, orders)
            middle = remeasure(problem.model, mean_of(first, projected), inputs[rows], structure)
            loss, gradient = gradient_at(problem, middle, inputs[rows], labels[rows])
            if loss < lowest:
                best, lowest = [order.clone() for order in orders], loss
            for name, change in gradient.items():
                velocity[name].mul_(MOMENTUM).add_(change, alpha=0.5)  # d middle / d theta~
                moving[name].sub_(velocity[name], alpha=rate)
        return best

    return match


def mean_of(first: State, other: State) -> State:
    """The mean of two states; what isn't floating-point is the first one's."""
    return {
        name: (tensor + other[name]) / 2 if tensor.is_floating_point() else tensor
        for name, tensor in first.items()
    }


def gradient_at(
    problem: MergingProblem, state: State, inputs: Tensor, labels: Tensor
) -> tuple[float, State]:
    """Mean cross-entropy among all outputs, and its gradient in the weights that it depends on."""
    leaves = {name: state[name].detach().requires_grad_() for name in weights_of(state)}
    with torch.enable_grad():
        loss = F.cross_entropy(functional_call(problem.model, state | leaves, (inputs,)), labels)
        gradients = torch.autograd.grad(loss, list(leaves.values()), allow_unused=True)
    found = zip(leaves, gradients, strict=True)
    return float(loss.detach()), {name: g for name, g in found if g is not None}


def weights_of(state: State) -> list[str]:
    """Names of what has a gradient: everything floating-point but running statistics."""
    return [name for name in weight_names(state) if not name.endswith(OBSERVED)]

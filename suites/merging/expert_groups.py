"""Groups of a mixture's experts by what its router says: what M-SMoE and its relatives share.

Here: how often each expert is used, which are alike, who leads a group, and the experts in one
order of hidden units. Source: Li et al. 2023 (arXiv 2310.01334), as in their code
(github.com/UNITES-Lab/MC-SMoE, mcsmoe/merging/grouping.py and permutation.py). Not here: what
becomes of a group (methods/merging).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from suites.merging.channels import read_structure
from suites.merging.permutations import match_weights, permute
from suites.merging.problem import MergingProblem
from suites.merging.vectors import State

EXAMPLES = 256
"""Inputs that the router is asked about: their README's `num_samples_for_merging`."""


def usage(routing: Tensor) -> Tensor:
    """The share of inputs whose highest score an expert has, shape (experts,); their sum is 1.

    Args:
        routing: scores before softmax, shape (inputs, experts).
    """
    counts = torch.bincount(routing.argmax(1), minlength=routing.shape[1])
    return counts.float() / len(routing)


def likeness(routing: Tensor) -> Tensor:
    """Cosines between the experts' scores over all inputs, shape (experts, experts)."""
    directions = F.normalize(routing.T, dim=1)
    return directions @ directions.T


def leaders(used: Tensor, alike: Tensor, groups: int) -> Tensor:
    """The number of the expert that leads each expert's group, int64 (experts,).

    The most used experts lead, each itself among its group; every other joins the leader that it
    is most alike. Of equally used ones the first comes first.

    Args:
        used: shape (experts,).
        alike: shape (experts, experts).
        groups: how many leaders, from 1 to as many as experts.
    """
    leading = used.argsort(descending=True, stable=True)[:groups]
    found = leading[alike[:, leading].argmax(1)]
    found[leading] = leading
    return found


def group_experts(problem: MergingProblem, each: int) -> tuple[Tensor, Tensor]:
    """Each expert's leader, and how often each expert is used. Needs `routing`.

    Args:
        each: experts to a group, in the mean.
    """
    routing = problem.routing(EXAMPLES)
    used = usage(routing)
    groups = max(1, round(len(problem.experts) / each))
    return leaders(used, likeness(routing), groups), used


def aligned_experts(problem: MergingProblem) -> list[State]:
    """The experts, their hidden units in the first one's order, by weight matching.

    Of a layer W_o relu(W_i x) it is the one assignment that makes <W_i, P W_i'> + <W_o, W_o' P^T>
    largest.
    """
    groups = read_structure(problem.model, problem.experts[0]).groups
    first, *others = problem.experts
    found = [first]
    for other in others:
        orders = match_weights(
            first, other, groups, generator=problem.generator, meter=problem.meter
        )
        found.append(permute(other, groups, orders))
    return found


def merge_groups(states: list[State], leading: Tensor, weights: Tensor) -> list[State]:
    """One state an expert: its group's weighted mean, which all of a group share.

    Args:
        states: one an expert.
        leading: each expert's leader.
        weights: shape (experts,), not negative; a group without any weighs all alike.
    """
    merged: dict[int, State] = {}
    for leader in leading.unique().tolist():
        members = (leading == leader).nonzero()[:, 0].tolist()
        own = weights[members]
        own = own / own.sum() if own.sum() > 0 else torch.full_like(own, 1 / len(members))
        merged[leader] = {
            name: sum_weighted([states[i][name] for i in members], own)
            if tensor.is_floating_point()
            else tensor.clone()
            for name, tensor in states[leader].items()
        }
    return [dict(merged[leader]) for leader in leading.tolist()]


def sum_weighted(tensors: list[Tensor], weights: Tensor) -> Tensor:
    """sum_i w_i t_i, of the tensors' type."""
    total = tensors[0] * float(weights[0])
    for tensor, weight in zip(tensors[1:], weights[1:].tolist(), strict=True):
        total = total.add(tensor, alpha=weight)
    return total

"""Permutations of a network's channels: applying them, and finding those that align two networks.

Here: reordering a state's groups of channels, one assignment, weight matching's coordinate descent,
activation matching, and the mean of experts aligned to the first. An order is an int64 tensor
(channels,): place i gets what stood at place order[i]. Not here: which axes belong together
(suites.merging.channels), what the merged network's activations look like (suites.merging.repair).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import torch
from scipy.optimize import linear_sum_assignment
from torch import Generator, Tensor, nn

from bench.metering.meter import MethodMeter
from suites.merging.channels import LAYERS, Axis, Channels, read_structure
from suites.merging.evaluation import BATCH
from suites.merging.hooks import layer_traffic
from suites.merging.problem import MergingProblem
from suites.merging.vectors import State, average

Orders = list[Tensor]
"""One order a group."""

Match = Callable[[State, State, Sequence[Channels]], Orders]
"""`match(first, other, groups)`: the orders that put the other's channels at the first's."""

SWEEPS = 100
"""The most that weight matching makes, as in Git Re-Basin's code; it ends by itself long before."""

GAIN = 1e-12
"""What a sweep must add to the similarity of two networks to count as progress."""


def align(problem: MergingProblem, match: Match) -> list[State]:
    """The experts, each with its own running statistics, all in the channel order of the first.

    Every other expert is matched to the first one; two experts are what the papers merge.
    """
    groups = read_structure(problem.model, problem.experts[0]).groups
    first, *others = own_states(problem)
    return [first] + [permute(other, groups, match(first, other, groups)) for other in others]


def own_states(problem: MergingProblem) -> list[State]:
    """The experts' states with each one's own running statistics in them."""
    states = []
    for i, expert in enumerate(problem.experts):
        observed = problem.observed(i)
        states.append({name: observed.get(name, tensor) for name, tensor in expert.items()})
    return states


def merge_aligned(problem: MergingProblem, match: Match) -> State:
    """The mean of the aligned experts, running statistics included."""
    return average(align(problem, match))


def permute(state: State, groups: Sequence[Channels], orders: Sequence[Tensor]) -> State:
    """The state with each group's channels in another order: the same function of its inputs."""
    moved = dict(state)
    for group, order in zip(groups, orders, strict=True):
        for axis in group.axes:
            moved[axis.name] = reorder(moved[axis.name], axis, order)
    return moved


def reorder(tensor: Tensor, axis: Axis, order: Tensor) -> Tensor:
    """One axis in another order, whose blocks stay together."""
    if axis.block > 1:
        order = (order[:, None] * axis.block + torch.arange(axis.block)).reshape(-1)
    return tensor.index_select(axis.axis, order)


def by_channel(tensor: Tensor, axis: Axis) -> Tensor:
    """What each channel along that axis has, shape (channels, numbers)."""
    size = tensor.shape[axis.axis] // axis.block
    return tensor.movedim(axis.axis, 0).reshape(size, -1)


def assign(similarity: Tensor, meter: MethodMeter) -> Tensor:
    """The order that makes the sum of similarity[i, order[i]] largest, shape (n,).

    Charged n^3 FLOPs, what the Hungarian method by shortest augmenting paths takes (Crouse 2016, as
    scipy has it): n paths, each of at most n scans of n numbers.
    """
    rows = len(similarity)
    meter.charge(float(rows) ** 3, "an assignment")
    _rows, columns = linear_sum_assignment(similarity.double().numpy(), maximize=True)
    return torch.from_numpy(columns).long()


def match_weights(
    first: State,
    other: State,
    groups: Sequence[Channels],
    *,
    generator: Generator,
    meter: MethodMeter,
    start: Sequence[Tensor] | None = None,
) -> Orders:
    """Git Re-Basin's weight matching: coordinate descent of assignments.

    In each sweep, group by group in random order, the channels of the other network are assigned to
    those of the first by the inner products of all weights that they have, the other groups being
    permuted as they stand; it ends with the sweep that gains nothing.

    Args:
        first, other: two networks' states. What BatchNorm observed doesn't count.
        groups: their channels.
        generator: draws the order in each sweep.
        start: the orders to begin with; by default channels as they stand.
    """
    orders = [torch.arange(group.size) for group in groups] if start is None else list(start)
    current = permute(other, groups, orders)
    for _sweep in range(SWEEPS):
        progress = False
        for g in torch.randperm(len(groups), generator=generator).tolist():
            similarity = weight_similarity(first, current, groups[g])
            order = assign(similarity, meter)
            before = similarity.diagonal().sum()
            after = similarity.gather(1, order[:, None]).sum()
            if float(after) > float(before) + GAIN:
                progress = True
                orders[g] = orders[g][order]
                current = permute(current, [groups[g]], [order])
        if not progress:
            break
    return orders


def weight_similarity(first: State, other: State, group: Channels) -> Tensor:
    """Inner products of what the channels of two networks have, float64 (channels, channels)."""
    total = torch.zeros(group.size, group.size, dtype=torch.float64)
    for axis in group.axes:
        if not axis.name.endswith(OBSERVED):
            total += by_channel(first[axis.name], axis) @ by_channel(other[axis.name], axis).T
    return total


OBSERVED = ("running_mean", "running_var")
"""How the names of BatchNorm's statistics end."""


def match_activations(
    problem: MergingProblem,
    first: State,
    other: State,
    groups: Sequence[Channels],
    inputs: Tensor,
    correlation: bool,
) -> Orders:
    """The orders in which each group's activations are most alike on the same inputs.

    Args:
        problem: gives the template and the meter.
        first, other: two networks' states.
        groups: their channels.
        inputs: shape (examples, ...).
        correlation: whether to match by correlations, else by mean products, which makes the
            squared distance of all activations smallest.
    """
    found = moments_of(problem.model, first, other, groups, inputs)
    return [assign(m.correlation() if correlation else m.product(), problem.meter) for m in found]


def moments_of(
    model: nn.Module, first: State, other: State, groups: Sequence[Channels], inputs: Tensor
) -> list[Moments]:
    """Each group's moments of two networks on the same inputs."""
    moments = [Moments(group.size) for group in groups]
    for batch in inputs.split(BATCH):
        ours = activations(model, first, groups, batch)
        theirs = activations(model, other, groups, batch)
        for moment, a, b in zip(moments, ours, theirs, strict=True):
            moment.add(a, b)
    return moments


def activations(
    model: nn.Module, state: State, groups: Sequence[Channels], inputs: Tensor
) -> list[Tensor]:
    """Each group's activations where the layers behind it read them, (channels, numbers).

    A group that several layers read has the numbers of all of them; one that none reads has none.
    """
    layers = {f"{name}.weight": m for name, m in model.named_modules() if isinstance(m, LAYERS)}
    traffic = layer_traffic(model, state, (n.removesuffix(".weight") for n in layers), inputs)
    seen = {f"{name}.weight": given for name, (given, _output) in traffic.items()}
    found = []
    for group in groups:
        read = [
            by_channel(seen[axis.name], Axis("", _channel_dimension(layers[axis.name]), axis.block))
            for axis in _reading(group, seen)
        ]
        found.append(torch.cat(read, 1) if read else torch.zeros(group.size, 0))
    return found


def _reading(group: Channels, seen: dict[str, Tensor]) -> Iterator[Axis]:
    return (axis for axis in group.axes if axis.axis == 1 and axis.name in seen)


def _channel_dimension(layer: nn.Module) -> int:
    return -1 if isinstance(layer, nn.Linear) else 1


class Moments:
    """First and second moments of two networks' activations, summed over batches."""

    def __init__(self, size: int) -> None:
        self.count = 0
        self.products = torch.zeros(size, size, dtype=torch.float64)
        self.sums = torch.zeros(2, size, dtype=torch.float64)
        self.squares = torch.zeros(2, size, dtype=torch.float64)

    def add(self, ours: Tensor, theirs: Tensor) -> None:
        """Activations of the same inputs, each of shape (channels, numbers)."""
        self.count += ours.shape[1]
        self.products += ours @ theirs.T
        for i, values in enumerate((ours, theirs)):
            self.sums[i] += values.sum(1)
            self.squares[i] += values.square().sum(1)

    def product(self) -> Tensor:
        """E[a_i b_j], shape (channels, channels)."""
        return self.products / max(self.count, 1)

    def correlation(self) -> Tensor:
        """Pearson's, shape (channels, channels); 0 for a channel that is always the same."""
        means = self.sums / max(self.count, 1)
        spread = (self.squares / max(self.count, 1) - means.square()).clamp_(min=0).sqrt_()
        covariance = self.product() - means[0][:, None] * means[1]
        scale = spread[0][:, None] * spread[1]
        return torch.where(scale > 0, covariance / scale.clamp(min=1e-300), 0.0)

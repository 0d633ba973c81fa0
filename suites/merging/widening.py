"""Networks whose channels are merged where they match and kept apart where they don't.

Here: for aligned networks, which channels of each group stay apart; the wider network's weights,
before and after each layer is fitted; and a copy of the template that runs on them. Of a group of n
channels n - k are merged and k kept of each network: the wide group has the merged ones, then the
first network's k, then the second's. Not here: aligning (suites.merging.permutations), one layer's
equations (suites.merging.least_squares).
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from bench.contract.job import ContractError
from suites.merging.channels import LAYERS, NORMS, Axis, Channels
from suites.merging.evaluation import BATCH
from suites.merging.hooks import layer_traffic
from suites.merging.least_squares import (
    Equations,
    design,
    fittable,
    outputs_of,
    stacked,
)
from suites.merging.permutations import by_channel
from suites.merging.vectors import State, weight_names


@dataclass(frozen=True)
class Parts:
    """Which of a group's channels are merged, and which stay apart, int64 each; of how many."""

    merged: Tensor
    apart: Tensor
    experts: int

    def of(self, expert: int) -> Tensor:
        """The place in the wide group of each of an expert's channels, in its own order."""
        begin = len(self.merged) + expert * len(self.apart)
        wide = torch.empty(len(self.merged) + len(self.apart), dtype=torch.int64)
        wide[self.merged] = torch.arange(len(self.merged))
        wide[self.apart] = torch.arange(begin, begin + len(self.apart))
        return wide

    @property
    def width(self) -> int:
        """Channels of the wide group."""
        return len(self.merged) + self.experts * len(self.apart)

    @property
    def shares(self) -> Tensor:
        """What an expert's part of each wide channel is multiplied by: merged ones are means."""
        shares = torch.ones(self.width)
        shares[: len(self.merged)] = 1 / self.experts
        return shares

    def readable(self, expert: int) -> Tensor:
        """What a channel that this expert keeps apart may read: merged ones and its own."""
        mask = torch.zeros(self.width, dtype=torch.bool)
        mask[self.of(expert)] = True
        return mask


Places = Mapping[tuple[str, int], tuple[Axis, Parts]]
"""(name, axis) -> how its channels are widened; axes that hold none aren't there."""


def part(similarity: Tensor, share: float, experts: int) -> Parts:
    """Keep that share of the channels apart, those that match worst.

    Args:
        similarity: of each channel to those that it is aligned with, shape (channels,).
        share: in [0, 1], rounded to a whole number of channels.
        experts: how many networks are merged.
    """
    order = similarity.argsort(stable=True)
    kept = round(share * len(order))
    return Parts(order[kept:].sort().values, order[:kept].sort().values, experts)


def places_of(groups: Sequence[Channels], parts: Sequence[Parts]) -> Places:
    """How each axis is widened."""
    return {
        (axis.name, axis.axis): (axis, mine)
        for group, mine in zip(groups, parts, strict=True)
        for axis in group.axes
    }


def widen(states: Sequence[State], places: Places) -> State:
    """The wide network of aligned ones before any fitting.

    What is written to merged channels is the mean of all networks', and what reads them takes them
    for its own; between channels that two networks keep apart there is nothing.
    """
    wide = {}
    for name, first in states[0].items():
        tensors = [state[name] for state in states]
        axes = [places[name, i] for i in range(first.dim()) if (name, i) in places]
        if not first.is_floating_point():
            wide[name] = first.clone()
        elif not axes:
            wide[name] = torch.stack(tensors).mean(0)
        else:
            wide[name] = _together(tensors, axes)
    return wide


def _together(tensors: Sequence[Tensor], axes: Sequence[tuple[Axis, Parts]]) -> Tensor:
    """The sum of each network's numbers at its own places, a mean where several write to one."""
    total = torch.zeros(())
    for expert, tensor in enumerate(tensors):
        for axis, parts in axes:
            tensor = spread(tensor, axis, parts, expert)
        total = total + tensor
    written = [parts for axis, parts in axes if axis.axis == 0]
    if not written:  # it reads wide channels, and writes what all networks write
        return total / len(tensors)
    shares = written[0].shares.to(total.dtype)
    return total * shares.view(-1, *[1] * (total.dim() - 1))


def spread(tensor: Tensor, axis: Axis, parts: Parts, expert: int) -> Tensor:
    """Put an expert's channels at its places of the wide group, zeros at the others'."""
    rows = by_channel(tensor, axis)
    wide = rows.new_zeros(parts.width, rows.shape[1])
    wide[parts.of(expert)] = rows
    where = axis.axis % tensor.dim()
    rest = [size for i, size in enumerate(tensor.shape) if i != where]
    return wide.reshape(parts.width * axis.block, *rest).movedim(0, where).contiguous()


def fit_wide(
    model: nn.Module,
    start: State,
    aligned: Sequence[State],
    inputs: Tensor,
    places: Places,
    ridge: float,
) -> State:
    """Each layer of the wide network fitted to what the networks' own layers do.

    As suites.merging.least_squares.fit_layers, from wide inputs to wide outputs, whose merged
    channels are means; what one network keeps apart reads nothing that another one does.
    """
    layers = {n: m for n, m in model.named_modules() if fittable(n, m, start)}
    equations = {name: Equations() for name in layers}
    for batch in inputs.split(BATCH):
        seen = [layer_traffic(model, state, layers, batch) for state in aligned]
        for name, layer in layers.items():
            reading, writing = places.get((f"{name}.weight", 1)), places.get((f"{name}.weight", 0))
            z = _wide_values([traffic[name][0] for traffic in seen], layer, reading)
            y = _wide_values([traffic[name][1] for traffic in seen], layer, writing)
            rows = design(layer, z)
            equations[name].add(rows, outputs_of(layer, y) - rows @ stacked(start, name).T)
    fitted = dict(start)
    for name in layers:
        weight = start[f"{name}.weight"]
        solved = stacked(start, name).clone()
        for outs, columns in _blocks(start, name, places):
            solved[outs[:, None], columns] += equations[name].solve(ridge, columns, outs)
        fitted[f"{name}.weight"] = solved[:, : weight[0].numel()].reshape(weight.shape).contiguous()
        if f"{name}.bias" in start:
            fitted[f"{name}.bias"] = solved[:, -1].contiguous()
    return fitted


def _wide_values(
    values: Sequence[Tensor], layer: nn.Module, place: tuple[Axis, Parts] | None
) -> Tensor:
    """Activations in the wide group; of channels that no group holds the mean."""
    if place is None:
        return torch.stack(list(values)).mean(0)
    axis, parts = place
    dimension = values[0].dim() - 1 if isinstance(layer, nn.Linear) else 1
    where = Axis("", dimension, axis.block if axis.axis == 1 else 1)
    total = sum(spread(value, where, parts, i) for i, value in enumerate(values))
    assert isinstance(total, Tensor)
    shares = parts.shares.repeat_interleave(where.block)
    shape = [1] * total.dim()
    shape[dimension] = len(shares)
    return total * shares.view(shape)


def _blocks(start: State, name: str, places: Places) -> Iterator[tuple[Tensor, Tensor]]:
    """Outputs of a layer that may read the same inputs, and which columns those are."""
    weight = start[f"{name}.weight"]
    reading, writing = places.get((f"{name}.weight", 1)), places.get((f"{name}.weight", 0))
    columns = weight[0].numel() + (f"{name}.bias" in start)
    everything = torch.arange(columns)
    if writing is None:
        yield torch.arange(len(weight)), everything
        return
    parts = writing[1]
    yield torch.arange(len(parts.merged)), everything
    for expert in range(parts.experts):
        begin = len(parts.merged) + expert * len(parts.apart)
        outs = torch.arange(begin, begin + len(parts.apart))
        if reading is None:
            yield outs, everything
            continue
        axis, group = reading
        each = axis.block * weight[0, 0].numel()
        mask = group.readable(expert).repeat_interleave(each)
        bias = torch.ones(columns - len(mask), dtype=torch.bool)
        yield outs, torch.cat([mask, bias]).nonzero()[:, 0]


def wide_template(model: nn.Module, state: State) -> nn.Module:
    """A copy of the template whose layers have the state's widths; run it with that state.

    Raises:
        ContractError: a layer isn't one of those that can be widened.
    """
    tensors = [*model.parameters(), *model.buffers()]
    wide = copy.deepcopy(model, {id(tensor): tensor for tensor in tensors})  # which stay shared
    for name, module in wide.named_modules():
        weight = state.get(f"{name}.weight")
        own = getattr(module, "weight", None)
        if weight is None or own is None or weight.shape == own.shape:
            continue
        if isinstance(module, nn.Linear):
            module.out_features, module.in_features = weight.shape
        elif isinstance(module, NORMS):
            if hasattr(module, "num_features"):
                module.num_features = len(weight)
        elif not (isinstance(module, LAYERS) and getattr(module, "groups", 1) == 1):
            raise ContractError(f"a {type(module).__name__} can't be widened: {name!r}")
        for part_name in weight_names(state):
            owner, _, last = part_name.rpartition(".")
            if owner == name:
                _set(module, last, state[part_name])
    return wide.eval()


def _set(module: nn.Module, name: str, tensor: Tensor) -> None:
    if name in dict(module.named_buffers(recurse=False)):
        module.register_buffer(name, tensor.clone())
    else:
        setattr(module, name, nn.Parameter(tensor.clone(), requires_grad=False))

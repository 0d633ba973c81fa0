"""Which axes of a network's tensors hold the same channels, read from its template.

Here: the template is traced (torch.fx, no input needed), and every axis that holds a hidden
layer's channels is put into one group with the axes that must be permuted with it for the network
to stay the same function: a layer's outputs, its bias, the BatchNorm behind it with its running
statistics, the inputs of the layers that read it, and all of these again across a residual sum.
Read are linear layers, convolutions, BatchNorm, LayerNorm, functions of one element, pooling,
flattening and sums. Of any other operator nothing is known: the channels that reach it, and those
of parameters that a state lacks, stay where they are, so that a permutation of the groups never
changes the function. Not here: finding permutations (suites.merging.permutations), activations
(suites.merging.repair).
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import fx, nn
from torch.nn.modules.batchnorm import _BatchNorm

from bench.contract.job import ContractError
from suites.common.networks import BatchNorm
from suites.merging.vectors import State

CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
NORMS = (_BatchNorm, BatchNorm)
LAYERS = (nn.Linear, *CONVOLUTIONS)
Layer = nn.Linear | nn.Conv1d | nn.Conv2d | nn.Conv3d
LEAVES = (*LAYERS, *NORMS, nn.LayerNorm)

ELEMENTWISE_MODULES = (
    nn.ReLU, nn.ReLU6, nn.LeakyReLU, nn.ELU, nn.GELU, nn.SiLU, nn.Hardswish, nn.Tanh, nn.Sigmoid,
    nn.Softplus, nn.Dropout, nn.Identity,
)  # fmt: skip
POOLING_MODULES = (nn.MaxPool2d, nn.AvgPool2d, nn.AdaptiveAvgPool2d, nn.AdaptiveMaxPool2d)
ELEMENTWISE = {
    torch.relu, torch.tanh, torch.sigmoid, F.relu, F.relu6, F.leaky_relu, F.elu, F.gelu, F.silu,
    F.hardswish, F.tanh, F.sigmoid, F.softplus, F.dropout,
    "relu", "relu_", "tanh", "sigmoid", "clone", "contiguous",
}  # fmt: skip
POOLING = {F.max_pool2d, F.avg_pool2d, F.adaptive_avg_pool2d, F.adaptive_max_pool2d}
PAIRWISE = {
    operator.add, operator.iadd, operator.sub, operator.mul, operator.imul, torch.add, torch.sub,
    torch.mul, "add", "add_", "sub", "mul", "mul_",
}  # fmt: skip


@dataclass(frozen=True)
class Axis:
    """An axis of a tensor of the state; `block` neighbours along it belong to one channel."""

    name: str
    axis: int
    block: int = 1


@dataclass(frozen=True)
class Channels:
    """Channels that may be permuted: how many, and every axis that holds them."""

    size: int
    axes: tuple[Axis, ...]


@dataclass(frozen=True)
class Structure:
    """What was read of a network.

    Attributes:
        groups: in the order in which the forward pass comes by them.
        bare: names of the layers whose outputs are in a group and that no BatchNorm follows.
        norms: names of the modules that are BatchNorm.
    """

    groups: tuple[Channels, ...]
    bare: tuple[str, ...]
    norms: tuple[str, ...]


def read_structure(model: nn.Module, state: State) -> Structure:
    """The groups of channels that a state of the template may be permuted by.

    Raises:
        ContractError: the template can't be traced.
    """
    try:
        graph = _Tracer().trace(model)
    except Exception as error:
        raise ContractError(
            f"the network {type(model).__name__} can't be traced ({error}), so that which of its "
            "channels belong together can't be told. Write its forward pass without branches on "
            "values or shapes."
        ) from error
    reader = _Reader(model, state)
    for node in graph.nodes:
        reader.read(node)
    return reader.structure()


class _Tracer(fx.Tracer):
    """Takes layers and norms whole, this repository's own ones too."""

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        return isinstance(m, LEAVES) or super().is_leaf_module(m, module_qualified_name)


@dataclass(frozen=True)
class _Flow:
    """A value that holds channels.

    Attributes:
        channels: a place that holds the same ones.
        size: how many.
        last: whether they are the last dimension; else they are dimension 1.
        flat: whether the dimensions behind them were flattened into that.
    """

    channels: Axis
    size: int
    last: bool
    flat: bool = False


NUMBER, FIXED = "number", "fixed"
"""Values without channels: one that scales or shifts all alike, and a tensor whose places mean
something."""

_Value = _Flow | str
_STILL = Axis("", 0)
"""What all places are joined with that nothing may move."""


class _Reader:
    """Follows channels through a graph, joining the places that hold the same ones."""

    def __init__(self, model: nn.Module, state: State) -> None:
        self.model, self.state = model, state
        self.modules = dict(model.named_modules())
        self.names: dict[int, str] = {}  # a tied parameter has the name that the state knows it by
        for name, tensor in _tensors(model):
            if name in state or id(tensor) not in self.names:
                self.names[id(tensor)] = name
        self.tensors = dict(_tensors(model))
        self.values: dict[fx.Node, _Value] = {}
        self.parents: dict[tuple[str, int], tuple[str, int]] = {}
        self.places: dict[tuple[str, int], Axis] = {}
        self.bare: list[str] = []
        self.norms: list[str] = []

    def read(self, node: fx.Node) -> None:
        """One operator."""
        given = [self.values[n] for n in node.all_input_nodes]
        if node.op == "call_module":
            value = self._module(node, given)
        elif node.op in ("call_function", "call_method"):
            value = self._function(node, given)
        elif node.op == "get_attr":
            value = NUMBER if self._attribute(str(node.target)).numel() == 1 else FIXED
        else:  # an input, or the output
            value = self._fix(given)
        self.values[node] = value

    def structure(self) -> Structure:
        """What was found when all operators have been read."""
        for place in list(self.places):
            if place[0] not in self.state:
                self._join(self.places[place], _STILL)
        members: dict[tuple[str, int], list[Axis]] = {}
        for place, axis in self.places.items():
            members.setdefault(self._root(place), []).append(axis)
        still = self._root((_STILL.name, _STILL.axis))
        groups = tuple(
            Channels(self.state[axes[0].name].shape[axes[0].axis] // axes[0].block, tuple(axes))
            for root, axes in members.items()
            if root != still
        )
        moving = {axis.name for group in groups for axis in group.axes if axis.axis == 0}
        bare = tuple(name for name in self.bare if self._name(f"{name}.weight") in moving)
        return Structure(groups, bare, tuple(self.norms))

    def _module(self, node: fx.Node, given: list[_Value]) -> _Value:
        name, module = str(node.target), self.modules[str(node.target)]
        flow = given[0] if len(given) == 1 else FIXED
        if isinstance(module, LAYERS):
            users = [user for user in node.users if user.op == "call_module"]
            normed = [u for u in users if isinstance(self.modules[str(u.target)], NORMS)]
            if not normed:
                self.bare.append(name)
            return self._layer(name, module, flow)
        if isinstance(module, (*NORMS, nn.LayerNorm)):
            if isinstance(module, NORMS):
                self.norms.append(name)
            return self._norm(name, module, flow)
        if isinstance(module, ELEMENTWISE_MODULES):
            return flow
        if isinstance(module, POOLING_MODULES) and isinstance(flow, _Flow) and not flow.last:
            return flow
        if isinstance(module, nn.Flatten) and (module.start_dim, module.end_dim) == (1, -1):
            return self._flatten(flow)
        return self._fix(given)

    def _layer(self, name: str, layer: Layer, flow: _Value) -> _Value:
        weight = layer.weight
        convolution = not isinstance(layer, nn.Linear)
        outputs = self._place(f"{name}.weight", 0)
        if layer.bias is not None:
            self._join(outputs, self._place(f"{name}.bias", 0))
        if not isinstance(layer, nn.Linear) and layer.groups > 1:
            depthwise = layer.groups == layer.in_channels == layer.out_channels
            if not (depthwise and isinstance(flow, _Flow) and not flow.last):
                self._fix([flow])
                self._join(outputs, _STILL)
                return FIXED
            self._join(outputs, flow.channels)
            return _Flow(outputs, len(weight), last=False)
        fits = isinstance(flow, _Flow) and flow.last != convolution
        if isinstance(flow, _Flow) and fits and weight.shape[1] % flow.size == 0:
            block = weight.shape[1] // flow.size
            self._join(self._place(f"{name}.weight", 1, block), flow.channels)
        else:
            self._fix([flow])
        return _Flow(outputs, len(weight), last=not convolution)

    def _norm(self, name: str, norm: nn.Module, flow: _Value) -> _Value:
        if not isinstance(flow, _Flow) or flow.flat or (isinstance(norm, nn.LayerNorm) and (
            not flow.last or len(norm.normalized_shape) > 1
        )):  # fmt: skip
            return self._fix([flow])
        for part in ("weight", "bias", "running_mean", "running_var"):
            if getattr(norm, part, None) is not None:
                self._join(self._place(f"{name}.{part}", 0), flow.channels)
        return flow

    def _function(self, node: fx.Node, given: list[_Value]) -> _Value:
        target: Any = node.target
        if target is getattr or target in ("size", "dim", "numel") or target is len:
            return NUMBER
        if all(value == NUMBER for value in given):
            return NUMBER
        flow = given[0] if given else FIXED
        if target in ELEMENTWISE and len(given) == 1:
            return flow
        if target in POOLING and isinstance(flow, _Flow) and not flow.last:
            return flow
        if target in PAIRWISE:
            return self._pair(given)
        if target in (torch.flatten, "flatten") and node.args[1:] == (1,):
            return self._flatten(flow)
        if target in ("reshape", "view") and len(node.args) == 3 and node.args[2] == -1:
            return self._flatten(flow)
        pooled = [node.args[1:], tuple(node.kwargs.values())]
        if target in ("mean", torch.mean) and pooled in _SPACE and isinstance(flow, _Flow):
            return self._fix([flow]) if flow.last else _Flow(flow.channels, flow.size, last=True)
        return self._fix(given)

    def _pair(self, given: list[_Value]) -> _Value:
        """A sum or product of two tensors, or of a tensor and a number."""
        tensors = [value for value in given if value != NUMBER]
        first = tensors[0]
        for other in tensors[1:]:
            alike = (
                isinstance(first, _Flow)
                and isinstance(other, _Flow)
                and (first.size, first.last, first.flat) == (other.size, other.last, other.flat)
            )
            if not alike:
                return self._fix(tensors)
            assert isinstance(first, _Flow)
            assert isinstance(other, _Flow)
            self._join(first.channels, other.channels)
        return first

    def _flatten(self, flow: _Value) -> _Value:
        if isinstance(flow, _Flow) and not flow.last:
            return _Flow(flow.channels, flow.size, last=True, flat=True)
        return self._fix([flow])

    def _fix(self, given: Iterable[_Value]) -> _Value:
        """Nothing may move that comes in here."""
        for value in given:
            if isinstance(value, _Flow):
                self._join(value.channels, _STILL)
        return FIXED

    def _attribute(self, path: str) -> Any:
        return operator.attrgetter(path)(self.model)

    def _name(self, name: str) -> str:
        return self.names[id(self.tensors[name])]

    def _place(self, name: str, axis: int, block: int = 1) -> Axis:
        place = (self._name(name), axis)
        known = self.places.setdefault(place, Axis(*place, block))
        if known.block != block:
            self._join(known, _STILL)
        return known

    def _root(self, place: tuple[str, int]) -> tuple[str, int]:
        while self.parents.get(place, place) != place:
            place = self.parents[place]
        return place

    def _join(self, one: Axis, other: Axis) -> None:
        a, b = self._root((one.name, one.axis)), self._root((other.name, other.axis))
        if a != b:
            self.parents[b] = a


_SPACE: Sequence[Any] = [
    [arguments, keywords]
    for dims in ((2, 3), (-2, -1), [2, 3], [-2, -1])
    for arguments, keywords in (((dims,), ()), ((), (dims,)))
]
"""How a mean over height and width may be asked for: dimensions in place, or by keyword."""


def _tensors(model: nn.Module) -> Iterable[tuple[str, torch.Tensor]]:
    yield from model.named_parameters(remove_duplicate=False)
    yield from model.named_buffers(remove_duplicate=False)

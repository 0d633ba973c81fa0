"""REPAIR: a merged network whose hidden layers have their experts' means and deviations again.

Averaging weights shrinks what hidden layers vary by. Here: each channel of a layer is set to the
mean, over the aligned experts, of its mean and of its standard deviation, by the layer's weights
and bias; behind a layer that BatchNorm follows, BatchNorm's running statistics are measured anew
instead, which comes to the same. Source: Jordan et al., "REPAIR" (arXiv 2211.08403), section 3 and
github.com/KellerJordan/REPAIR: layer by layer, each seeing what the repaired ones before it give;
the output layer, and layers without bias, stay as they are. Not here: aligning experts
(suites.merging.permutations).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from suites.common.networks import BatchNorm
from suites.merging.channels import Structure, read_structure
from suites.merging.evaluation import BATCH
from suites.merging.hooks import Hook, layer_traffic, run_hooked
from suites.merging.problem import MergingProblem
from suites.merging.vectors import State

Norm = BatchNorm | _BatchNorm

EPSILON = 1e-5
"""Added to a variance, as BatchNorm does."""


def union_of_inputs(problem: MergingProblem, examples: int) -> Tensor:
    """Unlabelled inputs of all experts' tasks, one after the other; needs `unlabeled`."""
    pools = [problem.unlabeled(i, examples) for i in range(len(problem.experts))]
    return torch.cat(pools)


def repair(
    problem: MergingProblem, merged: State, aligned: Sequence[State], inputs: Tensor
) -> State:
    """The merged network with its experts' statistics.

    Args:
        problem: gives the template.
        merged: the mean of the aligned experts, or what else is to be repaired.
        aligned: the experts in one order of channels, with their own running statistics.
        inputs: of all tasks, shape (examples, ...); the merged network sees them in one batch.
    """
    structure = read_structure(problem.model, merged)
    layers = [name for name in structure.bare if f"{name}.bias" in merged]
    goals = [_statistics(problem.model, state, layers, inputs) for state in aligned]
    correction = _Correction(dict(merged))
    for name in layers:
        mean = torch.stack([goal[name][0] for goal in goals]).mean(0)
        deviation = torch.stack([goal[name][1] for goal in goals]).mean(0)
        correction.goals[name] = (mean, deviation)
    _run_hooked(problem.model, merged, structure, correction, inputs)
    return correction.state


def remeasure(
    model: nn.Module, merged: State, inputs: Tensor, structure: Structure | None = None
) -> State:
    """The merged network with BatchNorm's running statistics measured on those inputs.

    Args:
        model: the template.
        merged: the network's state.
        inputs: shape (examples, ...), in one batch.
        structure: of the template, if it has been read already.
    """
    correction = _Correction(dict(merged))
    structure = structure or read_structure(model, merged)
    if structure.norms:
        _run_hooked(model, merged, structure, correction, inputs)
    return correction.state


@dataclass
class _Correction:
    """The state as far as it is repaired, and what each layer is to have."""

    state: State
    goals: dict[str, tuple[Tensor, Tensor]] = field(default_factory=dict)

    def layer(self, name: str, output: Tensor, dimension: int) -> Tensor:
        """Fold what a layer lacks into its weights; gives its repaired output."""
        mean, variance = _moments(output, dimension)
        goal, deviation = self.goals[name]
        gain = deviation / (variance + EPSILON).sqrt()
        shift = goal - gain * mean
        weight = self.state[f"{name}.weight"]
        self.state[f"{name}.weight"] = weight * _along(gain.to(weight.dtype), weight, 0)
        bias = self.state[f"{name}.bias"]
        self.state[f"{name}.bias"] = bias * gain.to(bias.dtype) + shift.to(bias.dtype)
        return _scaled(output, gain, shift, dimension)

    def norm(self, name: str, norm: Norm, x: Tensor) -> Tensor:
        """Measure a BatchNorm's running statistics; gives its output by them."""
        mean, variance = _moments(x, 1)
        count = x.numel() // x.shape[1]
        running = self.state[f"{name}.running_mean"]
        self.state[f"{name}.running_mean"] = mean.to(running.dtype)
        unbiased = variance * (count / max(count - 1, 1))
        self.state[f"{name}.running_var"] = unbiased.to(running.dtype)
        epsilon = norm.epsilon if isinstance(norm, BatchNorm) else norm.eps
        gain = (unbiased + float(epsilon)).rsqrt()
        if norm.weight is None:
            return _scaled(x, gain, -mean * gain, 1)
        gain = gain * self.state[f"{name}.weight"]
        return _scaled(x, gain, self.state[f"{name}.bias"] - mean * gain, 1)


def _run_hooked(
    model: nn.Module, merged: State, structure: Structure, correction: _Correction, inputs: Tensor
) -> None:
    """One forward pass in which every layer's output is repaired before it goes on."""

    def of_layer(name: str) -> Hook:
        def hook(module: nn.Module, _given: tuple[Tensor, ...], output: Tensor) -> Tensor:
            return correction.layer(name, output, _dimension(module))

        return hook

    def of_norm(name: str) -> Hook:
        def hook(module: nn.Module, given: tuple[Tensor, ...], _output: Tensor) -> Tensor:
            assert isinstance(module, Norm)
            return correction.norm(name, module, given[0])

        return hook

    hooks = {name: of_layer(name) for name in correction.goals}
    hooks |= {n: of_norm(n) for n in structure.norms if f"{n}.running_mean" in merged}
    run_hooked(model, merged, inputs, hooks)


def _statistics(
    model: nn.Module, state: State, layers: Sequence[str], inputs: Tensor
) -> dict[str, tuple[Tensor, Tensor]]:
    """Mean and standard deviation of each channel of some layers' outputs, float64."""
    modules = dict(model.named_modules())
    seen: dict[str, list[Tensor]] = {name: [] for name in layers}
    for batch in inputs.split(BATCH):
        for name, (_given, output) in layer_traffic(model, state, layers, batch).items():
            columns = output.movedim(_dimension(modules[name]), 0).flatten(1).double()
            sums = torch.stack([columns.sum(1), columns.square().sum(1)])
            seen[name].append(torch.cat([sums, torch.full_like(sums[:1], columns.shape[1])]))
    found = {}
    for name, parts in seen.items():
        total, squares, count = torch.stack(parts).sum(0)
        mean = total / count
        found[name] = (mean, (squares / count - mean.square()).clamp(min=0).sqrt())
    return found


def _moments(x: Tensor, dimension: int) -> tuple[Tensor, Tensor]:
    """Each channel's mean and biased variance."""
    columns = x.movedim(dimension, 0).flatten(1)
    return columns.mean(1), columns.var(1, correction=0)


def _scaled(x: Tensor, gain: Tensor, shift: Tensor, dimension: int) -> Tensor:
    return x * _along(gain.to(x.dtype), x, dimension) + _along(shift.to(x.dtype), x, dimension)


def _along(values: Tensor, like: Tensor, dimension: int) -> Tensor:
    """A number a channel, shaped to be broadcast along that dimension."""
    shape = [1] * like.dim()
    shape[dimension] = len(values)
    return values.view(shape)


def _dimension(module: nn.Module) -> int:
    """Where a layer's output has its channels."""
    return -1 if isinstance(module, nn.Linear) else 1

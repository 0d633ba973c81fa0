"""Layers fitted to what several aligned networks' layers do.

Here: the normal equations of every linear layer and convolution, from the mean of the networks'
inputs to the mean of their outputs, and their ridge solution about given weights. Not here:
aligning the networks (suites.merging.permutations).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from suites.merging.evaluation import BATCH
from suites.merging.hooks import layer_traffic
from suites.merging.vectors import State


def fit_layers(
    model: nn.Module, start: State, aligned: Sequence[State], inputs: Tensor, ridge: float
) -> State:
    """Each layer's W = argmin |Z W - Y|^2 / n + r |W - W_0|^2, its bias as one more row of W.

    Args:
        model: the template.
        start: W_0, and what isn't a linear layer's or a convolution's.
        aligned: networks in one order of channels, whose inputs Z and outputs Y of a layer are
            averaged.
        inputs: shape (examples, ...).
        ridge: r over the mean square of a number of Z, positive. Directions that the inputs don't
            show stay those of W_0.
    """
    layers = {n: m for n, m in model.named_modules() if fittable(n, m, start)}
    equations = {name: Equations() for name in layers}
    for batch in inputs.split(BATCH):
        seen = [layer_traffic(model, state, layers, batch) for state in aligned]
        for name, layer in layers.items():
            z = torch.stack([traffic[name][0] for traffic in seen]).mean(0)
            y = torch.stack([traffic[name][1] for traffic in seen]).mean(0)
            rows = design(layer, z)
            equations[name].add(rows, outputs_of(layer, y) - rows @ stacked(start, name).T)
    fitted = dict(start)
    for name in layers:
        change = equations[name].solve(ridge)
        solved = stacked(start, name) + change
        weight = start[f"{name}.weight"]
        fitted[f"{name}.weight"] = solved[:, : weight[0].numel()].reshape(weight.shape).contiguous()
        if f"{name}.bias" in start:
            fitted[f"{name}.bias"] = solved[:, -1].contiguous()
    return fitted


class Equations:
    """Z^T Z and Z^T R of a layer, R what W_0 leaves of Y, in double precision."""

    def __init__(self) -> None:
        self.gram = self.right = torch.zeros((), dtype=torch.float64)
        self.rows = 0

    def add(self, rows: Tensor, rest: Tensor) -> None:
        """Rows of shape (n, inputs) and what is left of their outputs, (n, outputs)."""
        self.gram = self.gram + (rows.T @ rows)
        self.right = self.right + (rows.T @ rest)
        self.rows += len(rows)

    def solve(
        self, ridge: float, columns: Tensor | None = None, outs: Tensor | None = None
    ) -> Tensor:
        """The change of the weights, shape (outputs, inputs), in single precision.

        Args:
            ridge: see fit_layers.
            columns: numbers of the inputs that may be read; by default all.
            outs: numbers of the outputs; by default all.
        """
        gram, right = self.gram / self.rows, self.right / self.rows
        size = float(gram.diagonal().mean())
        gram.diagonal().add_(ridge * size if size > 0 else 1.0)
        if columns is not None:
            gram, right = gram[columns][:, columns], right[columns]
        if outs is not None:
            right = right[:, outs]
        change: Tensor = torch.linalg.solve(gram, right)
        return change.T.float()


def fittable(name: str, module: nn.Module, state: State) -> bool:
    """Whether it is a layer that is fitted: dense, and its weights are the state's."""
    dense = isinstance(module, nn.Linear) or (
        isinstance(module, nn.Conv2d)
        and module.groups == 1
        and module.padding_mode == "zeros"
        and not isinstance(module.padding, str)
    )
    return dense and f"{name}.weight" in state


def stacked(state: State, name: str) -> Tensor:
    """A layer's weights as a matrix, its bias as the last column where it has one."""
    weight = state[f"{name}.weight"].flatten(1)
    bias = state.get(f"{name}.bias")
    return weight if bias is None else torch.cat([weight, bias[:, None]], 1)


def design(layer: nn.Module, z: Tensor) -> Tensor:
    """A layer's inputs as rows, a 1 behind each where it has a bias."""
    if isinstance(layer, nn.Conv2d):
        assert not isinstance(layer.padding, str)  # see fittable
        patches = F.unfold(z, layer.kernel_size, layer.dilation, layer.padding, layer.stride)
        rows = patches.transpose(1, 2).flatten(0, 1)
    else:
        rows = z.flatten(0, -2)
    return rows if layer.bias is None else torch.cat([rows, torch.ones(len(rows), 1)], 1)


def outputs_of(layer: nn.Module, y: Tensor) -> Tensor:
    """A layer's outputs as rows, in the order of `design`."""
    if isinstance(layer, nn.Conv2d):
        return y.flatten(2).transpose(1, 2).flatten(0, 1)
    return y.flatten(0, -2)

"""One operator or module, and what it costs worked out by hand.

Here: the case, what the meter charges for it, and tensors to try it on. Not here: the cases
(beside, by kind), the test (tests/bench/test_flops_table.py).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import log2
from typing import Any

import torch
from torch import Tensor

from bench.metering.budget import Budget
from bench.metering.meter import Meter


@dataclass(frozen=True)
class Case:
    """One row of the table.

    Attributes:
        name: what is called, as a reader writes it.
        shapes: on what.
        call: given the inputs.
        inputs: tensors; those of floats get gradients in the backward pass.
        forward, backward: FLOPs by hand, as arithmetic; "" where there is no backward pass.
        note: of a convention, in a few words.
    """

    name: str
    shapes: str
    call: Callable[..., Any]
    inputs: tuple[Any, ...]
    forward: str
    backward: str = ""
    note: str = ""


def by_hand(arithmetic: str) -> float:
    """The value of a case's arithmetic."""
    return float(eval(arithmetic, {"log2": log2, "min": min}))


def charged_forward(case: Case) -> float:
    """What the meter counts of the call, without gradients."""
    with torch.no_grad(), Meter(Budget()) as meter:
        case.call(*case.inputs)
    return meter.flops


def charged_backward(case: Case) -> float:
    """What the meter counts of the gradients of all inputs and parameters."""
    inputs = [_leaf(value) for value in case.inputs]
    result = case.call(*inputs)
    leaves = [value for value in inputs if isinstance(value, Tensor) and value.requires_grad]
    leaves += [p for p in getattr(case.call, "parameters", list)() if p.requires_grad]
    seed = torch.ones_like(result)
    with Meter(Budget()) as meter:
        torch.autograd.grad(result, leaves, seed, allow_unused=True)
    return meter.flops


def _leaf(value: Any) -> Any:
    if isinstance(value, Tensor) and (value.is_floating_point() or value.is_complex()):
        return value.detach().clone().requires_grad_()
    return value


def normal(*shape: int, seed: int = 0, kind: torch.dtype = torch.float32) -> Tensor:
    """Draws of the standard normal distribution."""
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=kind)


def positive(size: int) -> Tensor:
    """A symmetric matrix with positive eigenvalues."""
    root = normal(size, size)
    return root @ root.T + size * torch.eye(size)


class Taking(torch.nn.Module):
    """A module whose first result alone is wanted, e.g. a recurrent layer's outputs."""

    def __init__(self, module: torch.nn.Module, *arguments: Any, **keywords: Any) -> None:
        super().__init__()
        self.module = module.eval()
        self.arguments, self.keywords = arguments, keywords

    def forward(self, x: Tensor) -> Tensor:
        """The first result for x."""
        result = self.module(x, *self.arguments, **self.keywords)
        return result[0] if isinstance(result, tuple) else result


class Attending(torch.nn.Module):
    """A multi-head attention of a sequence to itself."""

    def __init__(self, module: torch.nn.Module, wanted: bool) -> None:
        super().__init__()
        self.module, self.wanted = module.eval(), wanted

    def forward(self, x: Tensor) -> Tensor:
        """What is attended to."""
        return self.module(x, x, x, need_weights=self.wanted)[0]

"""What is trained and asked of a method's module, as functions of any state of it.

Here: a module's loss on a batch, its answers, what it keeps of a finished stage, and the call of
any of these with other numbers than the module's own, which is what the trainer stacks. Not here:
the loop over stages and the grid (suites.hypernet.training).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.func import functional_call, grad_and_value

from suites.common.trainer import Loss, State, cross_entropy
from suites.hypernet.problem import Batch
from suites.hypernet.target import Target


class _Applied(nn.Module):
    """`function(module, ...)` as a forward, which is all that functional_call can call."""

    def __init__(self, function: Callable[..., Any], module: nn.Module) -> None:
        super().__init__()
        self.function, self.module = function, module

    def forward(self, *arguments: Any) -> Any:
        return self.function(self.module, *arguments)


def with_state(
    function: Callable[..., Any], module: nn.Module, state: State, *arguments: Any
) -> Any:
    """`function(module, *arguments)` with the module's parameters and buffers replaced.

    Args:
        state: by the module's own names; what it lacks stays as it is in the module.
    """
    named = {f"module.{name}": tensor for name, tensor in state.items()}
    return functional_call(_Applied(function, module), named, arguments)


def answer(
    module: nn.Module,
    target: Target,
    conditions: Tensor,
    inputs: Tensor,
    masks: Tensor | None = None,
    *noise: Tensor,
) -> Tensor:
    """Logits of the generated targets, or the module's own; see problem.HypernetProblem.

    Returns:
        Shape (n, examples, classes).
    """
    own = getattr(module, "logits", None)
    if own is not None:
        logits: Tensor = own(conditions, inputs, masks)
        return logits
    return target.logits(module(conditions, *noise), inputs, masks)


def keep(module: nn.Module, stage: int) -> dict[str, Tensor]:
    """What the module keeps of a stage that is done; nothing, unless it has a `keep`."""
    own = getattr(module, "keep", None)
    kept: dict[str, Tensor] = {} if own is None else own(stage)
    return kept


def batch_loss(
    module: nn.Module,
    target: Target,
    stage: int,
    fields: Sequence[str],
    inputs: Tensor,
    labels: Tensor,
    *more: Tensor,
) -> Tensor:
    """The module's loss on one batch of a stage, a scalar.

    Args:
        stage: which one is trained, from 0.
        fields: names of the tensors in `more`, as suites.hypernet.streams.Streams has them.
        inputs, labels: flat, of shape (n * examples, ...).
    """
    found = dict(zip(fields, more, strict=True))
    n = len(found["conditions"])
    batch = Batch(
        conditions=found["conditions"],
        inputs=inputs.view(n, -1, inputs.shape[-1]),
        labels=labels.view(n, -1),
        masks=found.get("masks"),
        noise=found.get("noise"),
        progress=found["progress"],
        stage=stage,
        memory={
            name.removeprefix("memory/"): tensor
            for name, tensor in found.items()
            if name.startswith("memory/")
        },
    )
    own = getattr(module, "loss", None)
    if own is not None:
        loss: Tensor = own(batch)
        return loss
    noise = () if batch.noise is None else (batch.noise,)
    scores = answer(module, target, batch.conditions, batch.inputs, batch.masks, *noise)
    return cross_entropy(scores, batch.labels)


def loss_of(
    module: nn.Module,
    target: Target,
    stage: int,
    fields: Sequence[str],
    *,
    fixed: State,
    clip: float = 0.0,
) -> Loss:
    """`loss(state, *batch)` for the trainer; arguments as of `batch_loss`.

    Args:
        fixed: what of the module isn't trained, by its names.
        clip: if not 0, the loss has the same value and gradients that are scaled down to that norm.
    """
    of_batch = partial(with_state, batch_loss, module)

    def loss(state: dict[str, Tensor], *batch: Tensor) -> Tensor:
        found: Tensor = of_batch({**fixed, **state}, target, stage, fields, *batch)
        return found

    def clipped(state: dict[str, Tensor], *batch: Tensor) -> Tensor:
        gradients, value = grad_and_value(loss)(state, *batch)
        squares = torch.stack([g.square().sum() for g in gradients.values()]).sum()
        scale = (clip / squares.sqrt().clamp(min=1e-12)).clamp(max=1.0)
        # 0, whose gradient is the clipped one: nothing is differentiated twice.
        steps = [
            ((state[name] - state[name].detach()) * (scale * g).detach()).sum()
            for name, g in gradients.items()
        ]
        return value.detach() + torch.stack(steps).sum()

    return clipped if clip else loss


def losses_of(scores: Tensor, labels: Tensor) -> Tensor:
    """Mean cross-entropy of each condition.

    Args:
        scores: logits, shape (..., m, examples, classes).
        labels: int64, shape (m, examples).
    Returns:
        Shape (..., m); NaN or infinite where the logits are.
    """
    wide = labels.expand(scores.shape[:-1])
    chosen = -F.log_softmax(scores.double(), -1).gather(-1, wide[..., None])[..., 0]
    return chosen.mean(-1)

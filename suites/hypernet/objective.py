"""What is trained and asked of a method's module, as functions of any state of it.

Here: a module's loss on a batch, its answers, what it keeps of a finished stage, and the call of
any of these with other numbers than the module's own, which is what the trainer stacks. Not here:
the loop over stages and the grid (suites.hypernet.training).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.func import functional_call, grad_and_value

from suites.common.trainer import Loss, State, cross_entropy
from suites.hypernet.course import Part
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


@dataclass(frozen=True)
class Objective:
    """What one stage of a part trains.

    Attributes:
        target: whose parameters are generated.
        stage: which one is trained, from 0.
        fields: names of a batch's tensors beyond inputs and labels, as
            suites.hypernet.streams.Streams has them.
        held: beta of `holding`; 0 for none.
    """

    target: Target
    stage: int
    fields: Sequence[str]
    held: float = 0.0


def keep(module: nn.Module, part: Part, stage: int) -> dict[str, Tensor]:
    """What is kept of a stage that is done, for the losses of those after it.

    What the module's own `keep` gives; else, where the part holds earlier tasks, what was generated
    for them: `theta`, shape (stage + 1, weights), and their `conditions`.
    """
    own = getattr(module, "keep", None)
    if own is not None:
        kept: dict[str, Tensor] = own(stage)
        return kept
    if not part.held:
        return {}
    conditions = torch.cat([done.conditions[0] for done in part.stages[: stage + 1]])
    return {"theta": part.target.join(module(conditions)), "conditions": conditions}


def holding(module: nn.Module, target: Target, memory: Mapping[str, Tensor]) -> Tensor:
    """Mean over earlier tasks j of |h(c_j) - h*(c_j)|^2, a scalar, h* being h before this stage.

    Source: von Oswald et al., "Continual learning with hypernetworks" (2019),
    https://arxiv.org/abs/1906.00695, equation 2 without its lookahead.
    """
    now, before = module(memory["conditions"]), target.split(memory["theta"])
    # Parameter by parameter, so that each gradient lies on memory of its own: see Target.split.
    squares = [(now[name] - before[name]).square().flatten(1).sum(-1) for name in before]
    return torch.stack(squares).sum(0).mean()


def batch_loss(
    module: nn.Module, objective: Objective, inputs: Tensor, labels: Tensor, *more: Tensor
) -> Tensor:
    """The module's loss on one batch of a stage, a scalar.

    Args:
        inputs, labels: flat, of shape (n * examples, ...).
        more: what `objective.fields` names.
    """
    found = dict(zip(objective.fields, more, strict=True))
    n = len(found["conditions"])
    batch = Batch(
        conditions=found["conditions"],
        inputs=inputs.view(n, -1, inputs.shape[-1]),
        labels=labels.view(n, -1),
        masks=found.get("masks"),
        noise=found.get("noise"),
        progress=found["progress"],
        stage=objective.stage,
        memory={
            name.removeprefix("memory/"): tensor
            for name, tensor in found.items()
            if name.startswith("memory/")
        },
    )
    loss = _task_loss(module, objective.target, batch)
    if objective.held and objective.stage and not hasattr(module, "keep"):
        loss = loss + objective.held * holding(module, objective.target, batch.memory)
    return loss


def _task_loss(module: nn.Module, target: Target, batch: Batch) -> Tensor:
    """The module's own loss, or the cross-entropy of its answers."""
    own = getattr(module, "loss", None)
    if own is not None:
        loss: Tensor = own(batch)
        return loss
    noise = () if batch.noise is None else (batch.noise,)
    scores = answer(module, target, batch.conditions, batch.inputs, batch.masks, *noise)
    return cross_entropy(scores, batch.labels)


def loss_of(module: nn.Module, objective: Objective, *, fixed: State, clip: float = 0.0) -> Loss:
    """`loss(state, *batch)` for the trainer; see `batch_loss`.

    Args:
        fixed: what of the module isn't trained, by its names.
        clip: if not 0, the loss has the same value and gradients that are scaled down to that norm.
    """
    of_batch = partial(with_state, batch_loss, module)

    def loss(state: dict[str, Tensor], *batch: Tensor) -> Tensor:
        found: Tensor = of_batch({**fixed, **state}, objective, *batch)
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

"""Runs networks over examples.

Here: forward passes in batches, and what they are charged. Not here: which examples (the task's
assets), which class the answers choose (suites.common.accuracy), what is reported of them
(suites.merging.harness).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.func import functional_call

from suites.common.charging import Charges
from suites.merging.vectors import State

BATCH = 32
"""Inputs in one forward pass. A batch that stays in a core's cache is fastest: with 128 images
EfficientNet-Lite0 runs at half this speed, the small transformers at 95%
(tests/perf/bench_batches.py)."""


@dataclass(frozen=True)
class Examples:
    """Examples of one task.

    Attributes:
        inputs: shape (examples, ...).
        classes: the classes that the task tells apart, shape (classes,), int64, increasing.
        labels: each example's class, shape (examples,), int64; absent where they are withheld.
    """

    inputs: Tensor
    classes: Tensor
    labels: Tensor | None = None

    def __len__(self) -> int:
        return len(self.inputs)


def logits(
    model: nn.Module, state: State, inputs: Tensor, charges: Charges | None = None
) -> Tensor:
    """What the network with those weights answers.

    Args:
        model: the template; parameters that the state lacks are its own.
        inputs: shape (examples, ...).
        charges: where the passes are charged; by default nowhere.
    Returns:
        Shape (examples, outputs).
    """

    def step(batch: Tensor) -> Tensor:
        answer: Tensor = functional_call(model, state, (batch,))
        return answer

    batches = inputs.split(BATCH)
    with torch.no_grad():
        if charges is None:
            return torch.cat([step(batch) for batch in batches])
        return torch.cat(list(charges.each("a forward pass", step, batches)))

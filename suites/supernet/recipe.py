"""How networks are trained in this suite: the settings, and the learning rate at each step.

Here: plain data and plain arithmetic. Not here: the loops (suites.supernet.truth.training for one
architecture alone, suites.supernet.training for a supernet).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, pi


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """Settings of AdamW.

    Attributes:
        steps: of the training.
        batch: images a step.
        rate: the highest learning rate.
        decay: of all weights, decoupled.
        warm_up: steps over which the rate rises linearly from 0, its peak at the last of them.
    """

    steps: int
    batch: int = 128
    rate: float = 0.01
    decay: float = 0.01
    warm_up: int = 10

    def rate_at(self, step: int) -> float:
        """The learning rate of that step, counted from 0.

        It is `rate (step + 1) / warm_up` at first, and then falls along half a cosine, at 0 just
        after the last step. A training of fewer steps than the warm-up never leaves it.
        """
        if step < self.warm_up:
            return self.rate * (step + 1) / self.warm_up
        done = (step - self.warm_up) / (self.steps - self.warm_up)
        return self.rate * (1 + cos(pi * done)) / 2

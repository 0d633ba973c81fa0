"""Adam on what is made.

torch.optim's would do the same in more operators, and each costs the meter's time. Not here:
gradient descent with momentum (suites.selection.distill.matching), the optimisers that train
networks (suites.selection.training).
"""

from __future__ import annotations

import torch
from torch import Tensor

EPSILON = 1e-8


class Adam:
    """Adam (Kingma and Ba, algorithm 1) on one tensor, which it changes in place."""

    def __init__(
        self, tensor: Tensor, rate: float, beta_1: float = 0.9, beta_2: float = 0.999
    ) -> None:
        self.tensor, self.rate, self.betas = tensor, rate, (beta_1, beta_2)
        self.first, self.second = torch.zeros_like(tensor), torch.zeros_like(tensor)
        self.done = 0

    def step(self, gradient: Tensor, share: float = 1.0) -> None:
        """One step along minus the gradient, at a share of the rate."""
        beta_1, beta_2 = self.betas
        self.done += 1
        self.first.lerp_(gradient, 1 - beta_1)
        self.second.mul_(beta_2).addcmul_(gradient, gradient, value=1 - beta_2)
        scale = (self.second / (1 - beta_2**self.done)).sqrt_().add_(EPSILON)
        rate = share * self.rate / (1 - beta_1**self.done)
        self.tensor.addcdiv_(self.first, scale, value=-rate)

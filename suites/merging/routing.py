"""What a mixture's router says of inputs as they come: what merging by routing goes by.

Here: the inputs and the router, and asking it. Not here: who may ask, and what it costs
(suites.merging.problem), what is made of the answer (suites.merging.expert_groups).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from suites.common.charging import Charges
from suites.merging.evaluation import BATCH


@dataclass(frozen=True)
class Routing:
    """A router and inputs for it.

    Attributes:
        inputs: unlabelled, as often of each kind as they come, shape (examples, ...).
        route: from inputs to the experts' scores before softmax, shape (examples, experts).
    """

    inputs: Tensor
    route: Callable[[Tensor], Tensor]

    def ask(self, count: int, charges: Charges) -> Tensor:
        """The scores of the first `count` inputs, or of all where there are fewer."""
        batches = self.inputs[:count].split(BATCH)
        return torch.cat(list(charges.each("routing", self.route, batches)))

    def picked(self, experts: Sequence[int]) -> Routing:
        """The same of those experts, in that order."""
        return Routing(self.inputs, lambda inputs: self.route(inputs)[:, list(experts)])

"""What few-shot methods share: an embedding, and the support set read from a condition.

Here: conditions as support sets, the mean embedding of each class. Not here: what a method makes
of them (methods/hypernet), how episodes are drawn (suites.hypernet.fewshot.drawing).
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from suites.common.networks import Linear
from suites.hypernet.problem import Support


class Embedding(nn.Module):
    """Images -> embeddings: two layers, the hidden one with ReLU.

    Args:
        features: of an image.
        hidden, size: of the hidden layer and of an embedding.
    """

    def __init__(self, features: int, hidden: int, size: int) -> None:
        super().__init__()
        self.first, self.last = Linear(features, hidden), Linear(hidden, size)

    def forward(self, images: Tensor) -> Tensor:
        """Shape (..., features) -> (..., size)."""
        found: Tensor = self.last(F.relu(self.first(images)))
        return found

    def prototypes(self, conditions: Tensor, support: Support) -> Tensor:
        """Mean embedding of each class's examples.

        Args:
            conditions: shape (n, ways * shots * features), see problem.Support.
        Returns:
            Shape (n, ways, size).
        """
        shown = conditions.view(-1, support.ways, support.shots, support.features)
        found: Tensor = self(shown).mean(2)
        return found

"""Nearest class mean on pixels: a query is of the class whose support examples' mean is nearest.

p(k | x) = softmax(-s |x - c_k|^2), c_k the mean of class k's examples; only the scale s is
trained, which changes the loss and no answer. Nothing is learnt from other classes: what
does worse hasn't gained by training.

Source: Mensink, Verbeek, Perronnin and Csurka, "Distance-Based Image Classification: Generalizing
to New Classes at Near-Zero Cost" (2013), https://doi.org/10.1109/TPAMI.2013.83: nearest class mean
with the Euclidean distance, no metric learnt.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from bench import method
from suites.hypernet.problem import HypernetProblem, Support


class NearestMean(nn.Module):
    """Logits of queries, from their distances to each class's mean image."""

    def __init__(self, support: Support) -> None:
        super().__init__()
        self.support = support
        self.scale = nn.Parameter(torch.empty(1))

    def logits(self, conditions: Tensor, inputs: Tensor, masks: Tensor | None) -> Tensor:
        """Queries (n, examples, features) -> (n, examples, ways)."""
        support = self.support
        means = conditions.view(-1, support.ways, support.shots, support.features).mean(2)
        return -self.scale.abs() * (inputs[:, :, None] - means[:, None]).square().sum(-1)


@method(
    name="nearest_mean",
    title="Nearest class mean, pixels",
    paper=(
        "Distance-Based Image Classification: Generalizing to New Classes at Near-Zero Cost",
        2013,
        "https://doi.org/10.1109/TPAMI.2013.83",
    ),
    needs=["condition", "support"],
    track="fewshot",
    traits=["smaller"],
)
def nearest_mean(problem: HypernetProblem) -> NearestMean:
    """Build the classifier; its scale starts near 1."""
    network = NearestMean(problem.support)
    with torch.no_grad():
        network.scale.uniform_(0.9, 1.1, generator=problem.generator)
    return network

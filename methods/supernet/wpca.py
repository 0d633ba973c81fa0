"""W-PCA, for convolutions: how many directions each layer's output needs, times parameters.

score = parameters x sum over layers of PC, PC = the least number of principal components of a
layer's output whose share of its variance exceeds eta = .99.
Source: Wang, sections 3.2 and 3.3, and github.com/ra225/W-PCA: there the layers are the first
halves of a language model's feed-forward blocks, before the activation, and a token is an
observation. Adapted: the layers are the convolutions before BatchNorm, and a position of a map is
an observation of its channels. The batch's size is ours.
"""

import torch
from torch import Tensor

from bench import method
from suites.supernet.problem import Scorer, SupernetProblem
from suites.supernet.untrained import BeforeNormalising, each, one_batch, untrained


def components(output: Tensor, share: float) -> int:
    """Principal components that explain more than a share of the variance.

    Args:
        output: shape (images, channels, height, width).
    """
    rows = output.movedim(1, -1).flatten(0, -2)  # (observations, channels)
    variances = torch.linalg.eigvalsh(torch.cov(rows.T)).flip(0)
    explained = variances.cumsum(0) / variances.sum()
    return min(int((explained <= share).sum()) + 1, len(variances))


@method(
    name="wpca",
    title="W-PCA, adapted to convolutions",
    paper=("W-PCA", 2025, "https://arxiv.org/abs/2504.15983"),
    needs=["images"],
    params={"share": 0.99, "batch": 64},
    track="unlabelled",
)
def wpca(problem: SupernetProblem, *, share: float, batch: int) -> Scorer:
    """Count the components of every layer."""
    networks, images = untrained(problem), one_batch(problem, batch).images
    count = problem.space.count_parameters

    def score(row: object) -> float:
        before = BeforeNormalising()
        problem.forward(networks.weights(row), row, images, before)
        total = sum(components(x, share) for x in before.convolved)
        return float(total * count(torch.tensor(row)[None].numpy())[0])

    return each(score)

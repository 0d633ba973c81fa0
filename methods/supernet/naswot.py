"""NASWOT: how differently the ReLUs of an untrained network cut up a batch.

Each image has a code c: 1 where the input of a ReLU is positive, 0 elsewhere, of all ReLUs one
after another. K_ij = number of places where c_i and c_j agree; score = log |det K|.
Source: Mellor et al., section 3, and github.com/BayesWatch/nas-without-training: 128 images,
BatchNorm by the batch's statistics. Their BatchNorm has a shift of 0 at the start, so codes are the
same without one. A network without any ReLU, or two images of one code, have minus infinity.
"""

import torch
from torch import Tensor

from bench import method
from suites.supernet.problem import Scorer, SupernetProblem
from suites.supernet.untrained import ReluInputs, each, one_batch, untrained


def agreements(inputs: list[Tensor]) -> Tensor:
    """K: at how many ReLUs each pair of images agrees, shape (images, images).

    Args:
        inputs: of each ReLU, the first dimension counting images.
    """
    positive = torch.cat([x.flatten(1) > 0 for x in inputs], dim=1)
    signs = positive.float() * 2 - 1
    # Agreements less disagreements are the signs' product, and together they are all places.
    return (signs.shape[1] + signs @ signs.T) / 2


@method(
    name="naswot",
    title="NASWOT",
    paper=(
        "Neural Architecture Search without Training",
        2021,
        "https://arxiv.org/abs/2006.04647",
    ),
    needs=["images"],
    params={"batch": 128},
    track="unlabelled",
)
def naswot(problem: SupernetProblem, *, batch: int) -> Scorer:
    """Take the log determinant of the codes' kernel."""
    networks, images = untrained(problem), one_batch(problem, batch).images

    def score(row: object) -> float:
        with ReluInputs() as relus:
            problem.forward(networks.weights(row), row, images)
        if not relus.values:
            return -torch.inf
        return torch.linalg.slogdet(agreements(relus.values).double()).logabsdet.item()

    return each(score)

"""Jacobian covariance: how differently an untrained network's output turns with each image.

J_i = d (sum of logits) / d x_i, flattened; C = correlations of the J_i; with C's eigenvalues v:
score = - sum of log(v + k) + 1 / (v + k), k = 1e-5.
Source: Mellor et al.'s first version, as Abdelfattah et al.'s released code has it (`jacob_cov`):
BatchNorm by the batch's statistics, so an image's J holds what it does to the others' outputs too;
64 images. An image here has 128 values where CIFAR's has 3,072, so correlations of a larger batch
would be singular, and the score be k's. A network whose output no image moves has minus infinity.
"""

import torch
from torch import Tensor

from bench import method
from suites.supernet.problem import Scorer, SupernetProblem
from suites.supernet.untrained import each, one_batch, untrained


def independence(jacobians: Tensor, k: float) -> float:
    """The score of Jacobians, shape (images, values): highest where none resembles another."""
    values = torch.linalg.eigvalsh(torch.corrcoef(jacobians.double()))
    return -((values + k).log() + 1 / (values + k)).sum().item()


@method(
    name="jacov",
    title="Jacobian covariance",
    paper=(
        "Neural Architecture Search without Training",
        2021,
        "https://arxiv.org/abs/2006.04647",
    ),
    needs=["images"],
    params={"batch": 64, "k": 1e-5},
    track="unlabelled",
)
def jacov(problem: SupernetProblem, *, batch: int, k: float) -> Scorer:
    """Hold the eigenvalues of the Jacobians' correlations against 1."""
    networks, images = untrained(problem), one_batch(problem, batch).images

    def score(row: object) -> float:
        inputs = images.clone().requires_grad_()
        logits = problem.network.forward(networks.weights(row), row, inputs)
        if not logits.requires_grad:
            return -torch.inf
        (jacobians,) = torch.autograd.grad(logits.sum(), inputs)
        return independence(jacobians.flatten(1), k)

    return each(score)

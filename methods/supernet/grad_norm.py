"""Gradient norm: how steep the loss of one batch is, before training.

score = sum over stem, convolutions and head of ||dL/dw||_2 on a batch of training images: the norms
of the layers are added, not their squares. As in Abdelfattah et al.'s released code, with 64
images; BatchNorm's scale and shift, which it leaves out too, aren't there.
"""

from bench import method
from suites.supernet import saliency
from suites.supernet.problem import Scorer, SupernetProblem
from suites.supernet.untrained import each, one_batch, untrained


@method(
    name="grad_norm",
    title="Gradient norm",
    paper=("Zero-Cost Proxies for Lightweight NAS", 2021, "https://arxiv.org/abs/2101.08134"),
    needs=["images"],
    params={"batch": 64},
    track="unlabelled",
)
def grad_norm(problem: SupernetProblem, *, batch: int) -> Scorer:
    """Add up the layers' norms."""
    networks, examples = untrained(problem), one_batch(problem, batch)

    def score(row: object) -> float:
        step = problem.step(networks.weights(row), row, examples.images, examples.labels)
        return sum(saliency.gradient_norms(step.gradients).values())

    return each(score)

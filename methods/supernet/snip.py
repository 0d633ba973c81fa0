"""SNIP: how much the loss of one batch hangs on each weight, before training.

score = sum over weights of |w dL/dw| on a batch of training images. As in Abdelfattah et al.'s
released code: stem, convolutions and head, 64 images, BatchNorm by the batch's statistics; theirs
has a scale of 1 at the start, which isn't counted and changes nothing.
"""

from bench import method
from suites.supernet import saliency
from suites.supernet.problem import Scorer, SupernetProblem
from suites.supernet.untrained import each, one_batch, untrained


@method(
    name="snip",
    title="SNIP",
    paper=("SNIP", 2019, "https://arxiv.org/abs/1810.02340"),
    needs=["images"],
    params={"batch": 64},
    track="unlabelled",
)
def snip(problem: SupernetProblem, *, batch: int) -> Scorer:
    """Add up all weights' saliency."""
    networks, examples = untrained(problem), one_batch(problem, batch)

    def score(row: object) -> float:
        weights = networks.weights(row)
        step = problem.step(weights, row, examples.images, examples.labels)
        return sum(saliency.snip(weights, step.gradients).values())

    return each(score)

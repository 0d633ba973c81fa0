"""DSIR with each bucket's count raised by 1 before frequencies are taken.

p_b = (c_b + 1) / sum (c_b + 1): a bucket that a small target lacks costs a text less than the ten
nats that it costs without. Source: methods.selection.dsir, and Laplace's rule; the paper has no
smoothing.
"""

from bench import method
from methods.selection.dsir import resampled
from suites.selection.problem import Chosen, SelectionProblem


@method(
    name="dsir_smoothed",
    title="DSIR (smoothed)",
    paper=(
        "Data Selection for Language Models via Importance Resampling",
        2023,
        "https://arxiv.org/abs/2302.03169",
    ),
    needs=["tokens", "target"],
    params={"smoothing": 1.0},
)
def dsir_smoothed(problem: SelectionProblem, *, smoothing: float) -> Chosen:
    """Weigh each text by smoothed frequencies, and sample by the weights."""
    return resampled(problem, smoothing)

"""EL2N: how far predicted probabilities are from the label after two epochs, hardest kept.

score(x, y) = mean over networks of |p(x) - y|, with p the softmax and y one-hot.
Source: Paul et al., Deep Learning on a Data Diet, definition 2.2; ten networks as there.
"""

from bench import method
from suites.selection.problem import Chosen, SelectionProblem
from suites.selection.scores import distance_to_label, hardest


@method(
    name="el2n",
    title="EL2N",
    paper=(
        "Deep Learning on a Data Diet: Finding Important Examples Early in Training",
        2021,
        "https://arxiv.org/abs/2107.07075",
    ),
    needs=["early", "labels"],
)
def el2n(problem: SelectionProblem) -> Chosen:
    """Keep the examples whose error is largest on average."""
    return hardest(problem, distance_to_label(problem.early.logits, problem.labels).mean(0))

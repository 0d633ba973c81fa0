"""GraNd: how long the loss's gradient is early in training, longest kept.

score(x, y) = mean over networks of |grad of the loss(x, y)|, here by the last layer's weights and
bias alone: its gradient is (p - y) (phi, 1)^T, whose length is |p - y| sqrt(1 + |phi|^2).
Source: Paul et al., Deep Learning on a Data Diet, definition 2.1, with all layers.
"""

from bench import method
from suites.selection.problem import Chosen, SelectionProblem
from suites.selection.scores import distance_to_label, hardest


@method(
    name="grand",
    title="GraNd (last layer)",
    paper=(
        "Deep Learning on a Data Diet: Finding Important Examples Early in Training",
        2021,
        "https://arxiv.org/abs/2107.07075",
    ),
    needs=["early", "labels"],
)
def grand(problem: SelectionProblem) -> Chosen:
    """Keep the examples with the longest gradients on average."""
    early = problem.early
    lengths = (1 + early.feature_norms.square()).sqrt()
    return hardest(problem, (distance_to_label(early.logits, problem.labels) * lengths).mean(0))

"""Area under the margin: how far the label's logit leads along training, smallest kept.

AUM(x, y) = mean over epochs of z_y - max_{c != y} z_c, z the logits.
Source: Pleiss et al., who find mislabelled examples by a small AUM; that the small
ones are kept as the hard ones is how Zheng et al. (2210.15809) prune by it. Pleiss et al. place a
threshold by examples of an extra class: nothing is cut off here, so there are none.
"""

from bench import method
from suites.selection.dynamics import area_under_margin
from suites.selection.problem import Chosen, SelectionProblem
from suites.selection.scores import hardest


@method(
    name="aum",
    title="AUM",
    paper=(
        "Identifying Mislabeled Data using the Area Under the Margin Ranking",
        2020,
        "https://arxiv.org/abs/2001.10528",
    ),
    needs=["course", "labels"],
)
def aum(problem: SelectionProblem) -> Chosen:
    """Keep the examples with the smallest area under the margin."""
    return hardest(problem, -area_under_margin(problem.course.logits, problem.labels))

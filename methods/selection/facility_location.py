"""Facility location: examples to one of which every example of the class is close.

Greedy maximisation of f(S) = sum_i max_{j in S} s_ij, s = largest distance - |phi_i - phi_j|, in
each class by itself, with quotas by the classes' shares.
Source: Wei et al., with s and classes as in CRAIG (Mirzasoleiman et al., 2020) and the collection
DeepCore; these take gradients for phi: that is `craig`.
"""

from bench import method
from suites.selection import geometry
from suites.selection.problem import Chosen, SelectionProblem


@method(
    name="facility_location",
    title="Facility location",
    paper=(
        "Submodularity in Data Subset Selection and Active Learning",
        2015,
        "https://proceedings.mlr.press/v37/wei15.html",
    ),
    needs=["course", "labels", "subset_only"],
)
def facility_location(problem: SelectionProblem) -> Chosen:
    """Cover each class by its members' features."""
    return geometry.chosen_by_class(
        problem,
        problem.course.features,
        lambda points, most: geometry.facility_location(
            geometry.similarity(geometry.distances(points)), most
        ),
    )

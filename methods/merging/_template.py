"""My method: a weighted average; an expert counts more, the further it moved from the start.

theta = sum_i w_i theta_i / sum_i w_i with w_i = ||theta_i - theta_0||^power; power = 0 is the
plain average. About 2 K P FLOPs for K experts of P weights.
"""

# Above: what it does in a sentence, then its equation, as in the paper, and where it stands there.
# Try this file as it is, then make it yours:
#
#     nox -s try -- methods/merging/my_method.py
#
# Everything may be edited but the file's name, which is name= as well. Comments like these can go.

from bench import method
from suites.merging.problem import MergingProblem
from suites.merging.task_vectors import stack_task_vectors
from suites.merging.vectors import State, flatten, unflatten


# The declaration. Its arguments are literals: listing reads them without running the file.
@method(
    name="my_method",  # how the command line and the tables call it
    title="My method",  # how the site calls it; name a simplification of the paper here
    paper=("Unpublished", 2026, "https://example.org"),  # title, year, link
    # What it is given beyond the experts' weights; all of it is metered. There are:
    # NEEDS
    needs=["pretrained"],
    # Its hyperparameters and their defaults; they come to the function by name.
    params={"power": 1.0},
    # The values that the variant `tuned` tries, on validation, inside the same budget.
    space={"power": [-1.0, 0.0, 1.0, 2.0, 4.0]},
    # Exceptions to declare where they hold, e.g. traits=["random"]. There are:
    # TRAITS
    # The ranking that it enters, e.g. track="multi"; by default the first. There are:
    # TRACKS
)
def my_method(problem: MergingProblem, *, power: float) -> State:
    """Average the experts, weighed by how far each went."""
    # problem.experts is a list of states; a state is a dict from a parameter's name to its tensor.
    # BatchNorm's running statistics are no weights: they are the experts' mean in every state.
    # Never write into what the problem gives: the engine refuses that. Every random draw takes
    # generator=problem.generator. Tuning calls this once for each point of space, with the same
    # problem: problem.remember keeps what doesn't depend on the point, and it is paid for once.
    # suites/merging/problem.py has everything else.
    task_vectors = stack_task_vectors(problem)  # theta_i - theta_0, shape (experts, weights)
    weights = task_vectors.norm(dim=1) ** power  # shape (experts,)
    weights = weights / weights.sum()
    merged = flatten(problem.pretrained) + weights @ task_vectors
    # It returns one state, with the experts' names, shapes and types.
    return unflatten(merged, problem.pretrained)

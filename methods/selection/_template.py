"""My method: what a trained network is least sure of.

score(x) = 1 - max_c p_c(x), with p the softmax after the last epoch.
"""

# Above: what it does in a sentence, then its equation, as in the paper, and where it stands there.
# Try this file as it is, then make it yours:
#
#     nox -s try -- methods/selection/my_method.py
#
# Everything may be edited but the file's name, which is name= as well. Comments like these can go.
# A method that makes examples starts from another template: --track distill.

import torch

from bench import method
from suites.selection.problem import Chosen, SelectionProblem


# The declaration. Its arguments are literals: listing reads them without running the file.
@method(
    name="my_method",  # how the command line and the tables call it
    title="My method",  # how the site calls it; name a simplification of the paper here
    paper=("Unpublished", 2026, "https://example.org"),  # title, year, link
    # What it is given beyond sizes and a generator; tasks that lack one skip it. There are:
    # NEEDS
    needs=["course"],
    # Its hyperparameters and their defaults; they come to the function by name.
    params={"epoch": 10},
    # The ranking that it enters. There are:
    # TRACKS
    track="select",
)
def my_method(problem: SelectionProblem, *, epoch: int) -> Chosen:
    """Choose so many of the pool for each size, and say how suspect each example is."""
    # problem.count, problem.sizes, problem.classes; problem.generator for every draw.
    # problem.images, problem.labels, problem.validation: tensors, each with its need.
    # problem.early, problem.course, problem.reference: trained networks, paid for when asked for.
    # problem.train(examples, epochs), problem.outputs(weights), problem.gradient(weights, ...),
    # problem.along(weights, direction, examples): your own training and what it says.
    probabilities = problem.course.logits[epoch - 1].softmax(1)
    scores = 1 - probabilities.amax(1)

    # Exactly `size` different numbers for each size: problem.fill(numbers, size) adds random ones.
    # A method that can't score an example leaves scores out, and needs "subset_only".
    order = scores.argsort(descending=True, stable=True)
    subsets: dict[int, torch.Tensor | tuple[torch.Tensor, torch.Tensor]] = {
        size: order[:size] for size in problem.sizes
    }
    return Chosen(subsets, scores)

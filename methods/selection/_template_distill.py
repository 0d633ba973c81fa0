"""My method: real images, pulled towards the mean of their class.

s <- (1 - pull) x + pull mean(class of x).
"""

# Above: what it does in a sentence, then its equation, as in the paper, and where it stands there.
# Try this file as it is, then make it yours:
#
#     nox -s try -- methods/selection/my_method.py
#
# Everything may be edited but the file's name, which is name= as well. Comments like these can go.

import torch

from bench import method
from suites.selection.distill.problem import DistillProblem, Made


# The declaration. Its arguments are literals: listing reads them without running the file.
@method(
    name="my_method",  # how the command line and the tables call it
    title="My method",  # how the site calls it; name a simplification of the paper here
    paper=("Unpublished", 2026, "https://example.org"),  # title, year, link
    # What it is given beyond the pool; on this track there is `teacher` alone.
    needs=[],
    # Its hyperparameters and their defaults; they come to the function by name.
    params={"pull": 0.5},
    # The ranking that it enters. There are:
    # TRACKS
    track="distill",
)
def my_method(problem: DistillProblem, *, pull: float) -> Made:
    """Make problem.per_class images of each of problem.classes."""
    # problem.images, problem.labels: the pool. problem.drawn(label, count): some of a class.
    # problem.network: start(generator), logits(weights, images): weights are one vector.
    # problem.train(examples, epochs): a network trained on examples, at its cost.
    # problem.teacher: with the need "teacher", a network with BatchNorm trained on the pool.
    means = torch.stack(
        [problem.images[problem.members(label)].mean(0) for label in range(problem.classes)]
    )
    labels = problem.made_labels
    images = (1 - pull) * problem.real_start() + pull * means[labels]

    # Labels are classes, or a row of probabilities each; loss="mse" takes any numbers.
    return Made(images, labels)

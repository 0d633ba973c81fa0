"""My method: ridge regression of the classes on the labelled images.

min_W |X W - Y|^2 + strength |W|^2 with the classes as indicators Y.
"""

# Above: what it does in a sentence, then its equation, as in the paper, and where it stands there.
# Everything may be edited but the file's name, which is name= as well. Comments like these can go.

import torch

from bench import method
from suites._template.problem import Classifier, Problem


@method(
    name="my_method",  # how the command line and the tables call it
    title="My method",  # how the site calls it; name a simplification of the paper here
    paper=("Unpublished", 2026, "https://example.org"),  # title, year, link
    # What it is given beyond the few labelled images, e.g. needs=["unlabelled"]. There are:
    # NEEDS
    # Its hyperparameters and their defaults; they come to the function by name.
    params={"strength": 1.0},
    # Exceptions to declare where they hold. There are:
    # TRAITS
    # The ranking that it enters; by default the first. There are:
    # TRACKS
)
def my_method(problem: Problem, *, strength: float) -> Classifier:
    """Solve for the weights."""
    # problem.py has all that a method is handed. Random draws take generator=problem.generator.
    targets = torch.nn.functional.one_hot(problem.classes, 10).float()
    centre = problem.images.mean(0)
    images = problem.images - centre
    gram = images.T @ images + strength * torch.eye(images.shape[1])
    weights = torch.linalg.solve(gram, images.T @ (targets - targets.mean(0))).T  # (10, 64)
    # It returns weights (10, 64) and bias (10,).
    return Classifier(weights, targets.mean(0) - weights @ centre)

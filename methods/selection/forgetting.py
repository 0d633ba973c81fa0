"""Forgetting events: how often an example that was right becomes wrong, most often kept.

score(x, y) = number of epochs t with the prediction right after t and wrong after t + 1; an example
that is right after no epoch counts as forgotten infinitely often: here as often as there are
epochs, which no count reaches.
Source: Toneva et al.: examples are dropped in ascending order. They look at each
example whenever it is trained on, for 200 epochs, here after each of ten epochs, so that most
scores are equal; equal ones are taken in a random order, as there.
"""

import torch
from torch import Tensor

from bench import method
from suites.selection.problem import Chosen, SelectionProblem
from suites.selection.scores import ranked


@method(
    name="forgetting",
    title="Forgetting events (10 epochs)",
    paper=(
        "An Empirical Study of Example Forgetting during Deep Neural Network Learning",
        2019,
        "https://arxiv.org/abs/1812.05159",
    ),
    needs=["course", "labels"],
)
def forgetting(problem: SelectionProblem) -> Chosen:
    """Keep the examples that are forgotten most often."""
    scores = forgetting_events(problem.course.logits, problem.labels)
    shuffled = torch.randperm(problem.count, generator=problem.generator)
    order = shuffled[ranked(scores[shuffled])]
    return Chosen({size: order[:size] for size in problem.sizes}, scores)


def forgetting_events(logits: Tensor, labels: Tensor) -> Tensor:
    """How often each example is forgotten, shape (n,); the number of epochs if never learnt.

    Args:
        logits: after each epoch, shape (epochs, n, classes).
    """
    right = logits.argmax(-1) == labels
    events = (right[:-1] & ~right[1:]).sum(0)
    return torch.where(right.any(0), events, len(logits)).float()

"""Confident learning: leave out what the joint of given and right labels says is wrong.

With p(x) the probabilities by a network that was trained on the other folds:
1. threshold t_j = mean of p_j over the examples labelled j;
2. confident joint C_ij = number of examples labelled i whose largest p_j among those with
   p_j >= t_j is class j; then each row is scaled to the number of examples labelled i;
3. prune by noise rate: of the examples labelled i, for each other class j, those C_ij with the
   largest p_j - p_i, if the network doesn't agree with the label.
Those that are left are as good as each other: a subset is drawn of them. Suspects are the pruned
ones, then the others, both by 1 - p_y (self-confidence, the package's default order).
Source: Northcutt et al., sections 3.1 and 3.2, and github.com/cleanlab/cleanlab, with its defaults:
five folds, prune by noise rate. Rows are rounded by largest remainder.
"""

import torch
from torch import Generator, Tensor

from bench import method
from suites.selection.problem import Chosen, Examples, SelectionProblem
from suites.selection.scores import quotas, ranked


@method(
    name="confident_learning",
    title="Confident learning (3 epochs)",
    paper=(
        "Confident Learning: Estimating Uncertainty in Dataset Labels",
        2021,
        "https://arxiv.org/abs/1911.00068",
    ),
    needs=["images", "labels"],
    params={"folds": 5, "epochs": 3},
)
def confident_learning(problem: SelectionProblem, *, folds: int, epochs: int) -> Chosen:
    """Draw from what isn't pruned."""
    labels = problem.labels
    probabilities = out_of_fold(problem, folds, epochs)
    wrong = pruned(probabilities, labels, confident_joint(probabilities, labels))
    scores = wrong + 1 - probabilities.gather(1, labels[:, None])[:, 0]
    shuffled = torch.randperm(problem.count, generator=problem.generator)
    order = torch.cat([shuffled[~wrong[shuffled]], ranked(-scores)[int((~wrong).sum()) :]])
    return Chosen({size: order[:size] for size in problem.sizes}, scores)


def out_of_fold(problem: SelectionProblem, folds: int, epochs: int) -> Tensor:
    """The pool's probabilities by networks that haven't seen the example, shape (n, classes)."""
    images, labels = problem.images, problem.labels
    fold = folds_of(labels, folds, problem.generator)
    probabilities = torch.zeros(problem.count, problem.classes)
    for number in range(folds):
        inside, outside = (fold == number).nonzero()[:, 0], (fold != number).nonzero()[:, 0]
        weights = problem.train(Examples(images[outside], labels[outside]), epochs)
        probabilities[inside] = problem.outputs(weights, images[inside])[0].softmax(1)
    return probabilities


def folds_of(labels: Tensor, folds: int, generator: Generator) -> Tensor:
    """The fold of each example, int64 (n,); each class is spread over all folds."""
    shuffled = torch.randperm(len(labels), generator=generator)
    by_class = shuffled[labels[shuffled].argsort(stable=True)]
    fold = torch.empty_like(labels)
    fold[by_class] = torch.arange(len(labels)) % folds
    return fold


def confident_joint(probabilities: Tensor, labels: Tensor) -> Tensor:
    """How many examples labelled i are of class j, int64 (classes, classes), rows by label."""
    classes = probabilities.shape[1]
    given = torch.bincount(labels, minlength=classes)
    sums = torch.zeros(classes, classes).index_add_(0, labels, probabilities)
    thresholds = sums.diagonal() / given  # a class without examples has none that is above
    above = probabilities >= thresholds
    likeliest = torch.where(above, probabilities, -1.0).argmax(1)
    confident = above.any(1)
    cells = labels[confident] * classes + likeliest[confident]
    counts = torch.bincount(cells, minlength=classes * classes).view(classes, classes)
    counts.diagonal().clamp_(min=1)  # every label has an example that is rightly labelled so
    return torch.stack([quotas(row, int(n)) for row, n in zip(counts, given, strict=True)])


def pruned(probabilities: Tensor, labels: Tensor, joint: Tensor) -> Tensor:
    """Whether each example is left out, bool (n,)."""
    wrong = torch.zeros(len(labels), dtype=torch.bool)
    for given, row in enumerate(joint):
        members = (labels == given).nonzero()[:, 0]
        lead = probabilities[members] - probabilities[members, given : given + 1]
        for other, count in enumerate(row.tolist()):
            if other != given:
                wrong[members[ranked(lead[:, other])[:count]]] = True
    return wrong & (probabilities.argmax(1) != labels)

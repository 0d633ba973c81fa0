"""Sets that are no competitors but fix the scale: real images, means of them.

Here: functions from a problem to a made set; suites.selection.references registers them as rows.
They are trusted, and nothing of what they do is metered. Not here: methods
(methods/selection), what scoring holds a set against (suites.selection.distill.baselines).
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from suites.selection.distill.problem import DistillProblem, Made


def random(problem: DistillProblem) -> Made:
    """Random images of each class."""
    return Made(problem.real_start(), problem.made_labels)


def random_soft(problem: DistillProblem) -> Made:
    """Random images of each class, labelled with the teacher's probabilities."""
    images = problem.real_start()
    return Made(images, problem.teacher.logits(images).softmax(1))


def kmeans(problem: DistillProblem) -> Made:
    """The centres of k-means clusters of each class's pixels."""
    from sklearn.cluster import KMeans

    def centres(images: Tensor) -> Tensor:
        seed = int(torch.randint(2**31 - 1, (), generator=problem.generator))
        fitted = KMeans(problem.per_class, n_init=1, random_state=seed).fit(images.flatten(1))
        found = torch.from_numpy(fitted.cluster_centers_).float()
        return found.view(-1, *images.shape[1:])

    return _by_class(problem, centres)


def herding(problem: DistillProblem) -> Made:
    """Real images of each class whose features' mean stays nearest to the class's own.

    Features are those of a ConvNet-3 with random weights, as dm's are.
    """
    weights = problem.network.start(problem.generator)

    def nearest(images: Tensor) -> Tensor:
        with torch.no_grad():
            features = problem.network.features(weights, images)
        return images[herded(features, problem.per_class)]

    return _by_class(problem, nearest)


def herded(features: Tensor, count: int) -> Tensor:
    """Numbers of examples, each the one that brings the mean of all chosen nearest to the mean.

    The t-th, from 0, is argmin |(t + 1) mu - sum of the chosen - phi|. Source: Welling, Herding
    dynamical weights to learn (2009).

    Args:
        features: phi, shape (n, d).
        count: at most n.
    Returns:
        Different numbers, int64, shape (count,).
    """
    lacking, chosen = torch.zeros_like(features[0]), torch.empty(0, dtype=torch.int64)
    mean = features.mean(0)
    for _ in range(count):
        lacking = lacking + mean
        distances = (lacking - features).square().sum(1)
        distances[chosen] = torch.inf
        best = distances.argmin()
        chosen = torch.cat([chosen, best[None]])
        lacking = lacking - features[best]
    return chosen


def _by_class(problem: DistillProblem, images_of: Callable[[Tensor], Tensor]) -> Made:
    """What a function makes of each class's images, in the order of made_labels."""
    made = [images_of(problem.images[problem.members(c)]) for c in range(problem.classes)]
    return Made(torch.cat(made), problem.made_labels)

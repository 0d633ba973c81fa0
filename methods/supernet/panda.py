"""PA&DA: draw the paths and images whose gradients are largest, ever more strongly.

An epoch is as many images as there are for training. With t the share of the training that was done
when it began, its end sets for the next

    chance of operator o, at every place   p[o] = t g[o] / sum g + (1 - t) / n
    chance of image i, drawn with return   q[i] = t d[i] / sum d + (1 - t) / N

g[o] is a running (old + new) / 2, from 0 each epoch, of the norm of o's gradients after clipping:
added up over the places of a path that take o, divided by their number. d[i] is a running
(old + new) / 2 of |softmax - one-hot|, 0 for images that weren't drawn. The first epoch is uniform.
Operators without weights have g = 0, and fade towards (1 - t) / n, as published (PA&DA, and
github.com/ShunLu91/PA-DA, nasbench201/train_panda_201.py). An architecture is
scored by its path's validation loss.
There kernels have biases, whose norms are added; here they have none.
"""

from collections.abc import Iterator, Mapping

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from bench import method
from suites.supernet.network import Network
from suites.supernet.optimiser import Optimiser, norm
from suites.supernet.problem import Rows, Scorer, Step, SupernetProblem
from suites.supernet.training import update

Sizes = NDArray[np.float64]
Numbers = NDArray[np.int64]


@method(
    name="panda",
    title="PA&DA",
    paper=(
        "PA&DA: Jointly Sampling PAth and DAta for Consistent NAS",
        2023,
        "https://arxiv.org/abs/2302.14772",
    ),
    needs=["images", "budget", "operators"],
    track="unlabelled",
)
def panda(problem: SupernetProblem) -> Scorer:
    """Train one path a step, drawn like its images by the size of gradients."""
    weights = problem.network.weights(problem.generator)
    optimiser = Optimiser(weights, problem.updates)
    epochs = Epochs(problem)
    while problem.progress < 1:
        for path, batch in epochs.next(problem.progress):
            if not problem.affords(problem.cost(path)):
                return scorer_of(problem, weights)
            images, labels = problem.batch(torch.from_numpy(batch))
            step = problem.step(weights, path, images, labels)
            update(problem, optimiser, step.gradients, problem.progress)
            epochs.learn(path, batch, step, labels)
    return scorer_of(problem, weights)


def scorer_of(problem: SupernetProblem, weights: Mapping[str, Tensor]) -> Scorer:
    """By validation loss."""

    def scorer(architectures: Rows) -> object:
        return -problem.losses(weights, architectures)

    return scorer


class Epochs:
    """What each epoch draws, and what the next one learns from it.

    Attributes:
        operators: the chance of each operator, at every place.
        images: the chance of each image; None in the first epoch, which takes each once.
        norms, errors: g and d of this epoch so far.
    """

    def __init__(self, problem: SupernetProblem) -> None:
        self.network, self.random = problem.network, problem.random
        self.size, self.count = problem.updates.batch, len(problem.training)
        number = len(self.network.space.choices[0])
        self.operators: Sizes = np.full(number, 1 / number)
        self.images: Sizes | None = None
        self.norms, self.errors, self.began = np.zeros(number), np.zeros(self.count), 0.0

    def next(self, progress: float) -> Iterator[tuple[Rows, Numbers]]:
        """Paths, and the numbers of a batch's images for each.

        Args:
            progress: the share of the training that is done.
        """
        if self.norms.any():
            self.operators = shares(self.norms, self.began)
            self.images = shares(self.errors, self.began)
        self.norms, self.errors = np.zeros_like(self.norms), np.zeros_like(self.errors)
        self.began = progress
        order = (
            self.random.permutation(self.count)
            if self.images is None
            else self.random.choice(self.count, self.count, p=self.images)
        )
        for start in range(0, self.count - self.size + 1, self.size):
            path = self.random.choice(
                len(self.operators), self.network.space.places, p=self.operators
            )
            yield path.astype(np.int8), order[start : start + self.size]

    def learn(self, path: Rows, batch: Numbers, step: Step, labels: Tensor) -> None:
        """Take a step's gradients, after clipping, and its answers into g and d."""
        new = operator_norms(self.network, path, step.gradients)
        self.norms = np.where(new > 0, (self.norms + new) / 2, self.norms)
        wrong = step.logits.softmax(1) - F.one_hot(labels, self.network.classes)
        for image, size in zip(batch, wrong.norm(dim=1).tolist(), strict=True):
            old = self.errors[image]
            self.errors[image] = (old + size) / 2 if old else size


def operator_norms(network: Network, path: Rows, gradients: Mapping[str, Tensor]) -> Sizes:
    """The norm of each operator's gradients, a mean over the places that take it, shape (n,)."""
    total = np.zeros(len(network.space.choices[0]))
    for place, operator in enumerate(path):
        for name in network.weights_of(place, operator):
            if name in gradients:
                total[operator] += norm({name: gradients[name]})
    return total / np.maximum(np.bincount(path, minlength=len(total)), 1)


def shares(sizes: Sizes, part: float) -> Sizes:
    """Chances by size, mixed with equal ones: part sizes / sum + (1 - part) / n."""
    return part * sizes / sizes.sum() + (1 - part) / len(sizes)

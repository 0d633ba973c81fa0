"""Landmark regularisation: a supernet that is made to rank a few trained architectures rightly.

Each step minimises L(w[path]) + c max(0, L(w[better]) - L(w[worse])): a uniform path on one batch,
and a pair of landmarks, of which one was better when trained alone, on another; both gradients are
summed. c is 0 for the first 3/8 of the training and then rises along half a cosine to 10. Scored by
the path's validation loss.
Source: Yu, Ranftl and Salzmann, section 3, and github.com/kcyu2014/nas-landmarkreg (150 of 400
epochs without the term, one random pair a step, random landmarks, `cosine_increase` to 10). Theirs
are 30 landmarks; ours as many of them as half the budget buys, at least two. Their pairs see images
held back from training; ours see training images of their own order, since those for validation
score. Their cosine, meant for all 400 epochs, runs in the last 250 alone and ends at 6.9; ours ends
at 10. Left out: their further rounds, in which the best found join the landmarks, as what is ranked
is never for sale.
"""

from math import cos, pi

import numpy as np
import torch

from bench import method
from suites.supernet.labels import buy
from suites.supernet.optimiser import Optimiser, add
from suites.supernet.problem import Rows, Scorer, SupernetProblem
from suites.supernet.training import steps, update

LANDMARKS = 30
"""The most that are bought."""


@method(
    name="landmark",
    title="Landmark regularisation",
    paper=("Landmark Regularization", 2021, "https://arxiv.org/abs/2104.05309"),
    needs=["images", "budget", "labels"],
    params={"spent": 0.5, "warm_up": 0.375, "strength": 10.0},
    track="labels",
)
def landmark(problem: SupernetProblem, *, spent: float, warm_up: float, strength: float) -> Scorer:
    """Buy landmarks, then train with their order as a second loss."""
    network, generator = problem.network, problem.generator
    held = int(spent * problem.passes / problem.label_cost)
    rows, accuracies = buy(problem, max(2, min(LANDMARKS, held, len(problem.pool))))
    worse, better = np.nonzero(accuracies[:, None] < accuracies[None, :])
    weights = network.weights(generator)
    optimiser = Optimiser(weights, problem.updates)
    ranked_on = problem.batches()
    for images, labels, share in steps(problem):
        path = network.sample(generator, 1)[0]
        ranking = share >= warm_up and len(worse) > 0
        pair = _pair(rows, worse, better, generator) if ranking else ()
        if not problem.affords(sum(map(problem.cost, (path, *pair)))):
            break
        total = problem.step(weights, path, images, labels).gradients
        if pair:
            batch = next(ranked_on)
            bad, good = (problem.step(weights, row, *batch) for row in pair)
            if good.loss > bad.loss:
                risen = (share - warm_up) / (1 - warm_up)
                coefficient = strength * (1 - cos(pi * risen)) / 2
                add(total, good.gradients, coefficient)
                add(total, bad.gradients, -coefficient)
        update(problem, optimiser, total, share)

    def scorer(architectures: Rows) -> object:
        return -problem.losses(weights, architectures)

    return scorer


def _pair(
    rows: Rows, worse: np.ndarray, better: np.ndarray, generator: torch.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """A pair of landmarks of different accuracy, the worse one first."""
    drawn = int(torch.randint(len(worse), (), generator=generator))
    return rows[worse[drawn]], rows[better[drawn]]

"""Grad-Mimic: train with weights by mimic score, and keep what has the most weight at the end.

At each step, with m_i the mimic scores of the batch at the weights theta (methods/selection/mimic):
  theta <- theta - rate * sum_i softmax(m / temperature)_i g_i
An example's score is its weight when it was last seen, times the batch's size; highest kept.
Source: Huang et al., and github.com/zihengh1/Grad-Mimic, with its temperature 1, five epochs,
batches of 32, and a subset by the last epoch's weights; the paper combines the weights of all
epochs. Rate and optimiser are the suite's. Their direction is over the last layer alone (`head`),
which is all that their networks train; here all layers are trained, and it is over `all` of them.
"""

import torch

from bench import method
from methods.selection.mimic import mimic_scores
from suites.selection.problem import Chosen, Examples, SelectionProblem
from suites.selection.scores import easiest
from suites.selection.training import Optimiser, batches, steps_of


@method(
    name="grad_mimic",
    title="Grad-Mimic (all layers)",
    paper=(
        "Evaluating Sample Utility for Efficient Data Selection by Mimicking Model Weights",
        2025,
        "https://arxiv.org/abs/2501.06708",
    ),
    needs=["images", "labels", "reference"],
    params={"layers": "all", "temperature": 1.0, "epochs": 5},
)
def grad_mimic(
    problem: SelectionProblem, *, layers: str, temperature: float, epochs: int
) -> Chosen:
    """Train, weighing each batch, and rank by the last weights."""
    pool, recipe = Examples(problem.images, problem.labels), problem.recipe
    weights = problem.reference.start.clone()
    steps = steps_of(epochs * len(pool), len(pool), recipe.batch)
    optimiser = Optimiser(recipe, len(weights), steps)
    drawn = batches(len(pool), recipe.batch, problem.generator)
    importance = torch.ones(len(pool))
    for _ in range(steps):
        rows = next(drawn)
        batch = pool.rows(rows)
        scores = mimic_scores(problem, weights, batch, layers)
        share = (scores / temperature).softmax(0) * len(rows)
        importance[rows] = share
        weighted = Examples(batch.images, batch.targets, share)
        optimiser.step(weights, problem.gradient(weights, weighted))
    return easiest(problem, -importance)

"""Rows that are no competitors but fix the scale of the supernet tables.

They are handed the problem with all that the task offers, and answer for all its architectures at
once, or name what scoring is to take from the truth. Here: guessing, one training, and the count
that every table must be read beside. Not here: methods (methods/supernet), the ceiling's figures
(suites.supernet.figures).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bench import reference
from suites.supernet.problem import SupernetProblem

Scores = NDArray[np.float64]
"""One number for each of the problem's architectures, higher for what is thought better."""


@reference(
    name="random",
    title="Random order",
    role="floor",
    meaning="an order drawn at random, the mean over 100 of them",
)
def random(_problem: SupernetProblem) -> str:
    """No knowledge at all; scoring draws the orders (suites.supernet.scoring)."""
    return "random"


@reference(
    name="one_seed",
    title="Trained once",
    role="ceiling",
    meaning="each architecture's own training from one seed, against the mean of the other seeds",
)
def one_seed(_problem: SupernetProblem) -> str:
    """Its answers are the truth's, which no process that solves may hold: scoring makes them."""
    return "one_seed"


@reference(
    name="params",
    title="Parameters",
    role="scale",
    meaning="the number of weights: what a ranking must be above to know more than size",
)
def params(problem: SupernetProblem) -> Scores:
    """Larger is better."""
    return problem.facts("parameters", problem.architectures)

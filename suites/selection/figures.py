"""Figures of a choice and of scores, from plain arrays, as the scorer and its tests need them.

Here: how well scores rank, what a subset holds, how diverse it is, and the area under a curve over
sizes. Fractions are in [0, 1]. Not here: accuracies (they take an evaluator), which of these a task
reports, how methods choose by the same quantities.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.metrics import average_precision_score, roc_auc_score

Floats = NDArray[np.float64]

RIDGE = 0.01
"""Of the log-det distance: how much of each example counts as its own, so that det is never 0."""


# --- how well scores rank ------------------------------------------------------------------------


def auroc(scores: ArrayLike, positive: ArrayLike) -> float:
    """How likely a positive example scores above a negative one; a tie counts half.

    Args:
        scores: shape (n,).
        positive: booleans, shape (n,).
    Raises:
        ValueError: all are positive, or none is.
    """
    _both_kinds(positive)
    return float(roc_auc_score(np.asarray(positive, bool), np.asarray(scores, float)))


def average_precision(scores: ArrayLike, positive: ArrayLike) -> float:
    """The precision at each positive example from the highest score down, its mean.

    Equal scores stand on one place: each has the precision of them all. Scores that say nothing
    have the share of positives.

    Args, Raises: as of `auroc`.
    """
    _both_kinds(positive)
    return float(average_precision_score(np.asarray(positive, bool), np.asarray(scores, float)))


def _both_kinds(positive: ArrayLike) -> None:
    count, total = int(np.sum(positive)), np.size(positive)
    if not 0 < count < total:
        raise ValueError(f"{count} of {total} are positive: there is nothing to tell apart")


# --- what a subset holds -------------------------------------------------------------------------


def noise_rate(chosen: ArrayLike, given: ArrayLike, truth: ArrayLike) -> float:
    """The part of the chosen whose given label is wrong.

    Args:
        chosen: numbers of the pool.
        given, truth: the pool's labels, shape (n,).
    """
    numbers = np.asarray(chosen)
    return float((np.asarray(given)[numbers] != np.asarray(truth)[numbers]).mean())


def copies_an_original(chosen: ArrayLike, original: ArrayLike) -> float:
    """How many of the chosen are of one original, a mean over the originals that are there.

    1 where no two are of the same one.

    Args:
        original: the number of the example that each of the pool is a copy of, or its own.
    """
    taken = np.asarray(original)[np.asarray(chosen)]
    return len(taken) / len(np.unique(taken))


def recall_of_rarest(predicted: ArrayLike, truth: ArrayLike, frequency: ArrayLike) -> float:
    """Mean recall of the third of the classes that the pool has fewest of.

    A third is rounded up; of equally frequent classes the lower number counts as the rarer.

    Args:
        predicted, truth: of the test set, shape (m,).
        frequency: of each class in the pool, shape (classes,).
    Raises:
        ValueError: the test set has none of such a class.
    """
    guessed, right, counts = np.asarray(predicted), np.asarray(truth), np.asarray(frequency)
    rarest = np.argsort(counts, kind="stable")[: -(-len(counts) // 3)]
    absent = [int(label) for label in rarest if not (right == label).any()]
    if absent:
        raise ValueError(f"the test set has no example of the classes {absent}")
    return float(np.mean([(guessed[right == label] == label).mean() for label in rarest]))


# --- how diverse a subset is ---------------------------------------------------------------------


def vendi_score(features: ArrayLike) -> float:
    """exp of the entropy of the eigenvalues of K / n, K the cosines: 1 if all are alike, n if none.

    Source: Friedman and Dieng, The Vendi Score, definition 3.1.

    Args:
        features: shape (n, d); no row is 0.
    """
    values = cosine_eigenvalues(features) / len(np.asarray(features))
    values = values[values > 0]
    return float(np.exp(-(values * np.log(values)).sum()))


def log_det_distance(features: ArrayLike) -> float:
    """How far a set's log determinant, an example, lies below that of examples at right angles.

    -log det((K + r I) / (1 + r)) / n, K the cosines, r = RIDGE: 0 where all stand at right angles,
    which no set exceeds, and log((1 + r) / r) = 4.6 at the most as n grows, where all are alike.
    Lower is more diverse. Without r it would be infinite for any set of more examples than features
    (Wang et al. choose fewer). Source: Wang et al., Diversity Measurement and Subset Selection for
    Instruction Tuning Datasets: the distance in log determinant to a maximally diverse set.

    Args:
        features: shape (n, d); no row is 0.
    """
    count = len(np.asarray(features))
    values = cosine_eigenvalues(features)
    absent = count - len(values)  # eigenvalues that are 0
    logs = np.log((values + RIDGE) / (1 + RIDGE)).sum() + absent * np.log(RIDGE / (1 + RIDGE))
    return float(-logs / count)


def cosine_eigenvalues(features: ArrayLike) -> Floats:
    """Of the cosine kernel, ascending, shape (min(n, d),): the others are 0.

    Args:
        features: shape (n, d).
    Raises:
        ValueError: a row is 0, and has no direction.
    """
    rows = np.asarray(features, float)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    if (lengths == 0).any():
        raise ValueError(f"the features of {int((lengths == 0).sum())} examples are 0")
    rows = rows / lengths
    few = len(rows) <= rows.shape[1]
    values: Floats = np.linalg.eigvalsh(rows @ rows.T if few else rows.T @ rows)
    return values.clip(min=0)


# --- a curve over sizes --------------------------------------------------------------------------


def trapezoid_log(sizes: Sequence[float], values: Sequence[float]) -> float:
    """The mean height of a curve over the logarithm of sizes, straight between its points.

    Args:
        sizes: ascending, at least one; of a single one its value is the mean.
    """
    if len(sizes) == 1:
        return float(values[0])
    at = np.log(np.asarray(sizes, float))
    if len(at) != len(values) or (np.diff(at) <= 0).any():
        raise ValueError(f"values at {list(sizes)} need ascending sizes, one a value")
    return float(np.trapezoid(np.asarray(values, float), at) / (at[-1] - at[0]))

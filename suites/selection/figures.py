"""Figures of a choice and of scores, as functions of plain tensors.

Here: how well scores tell wrong labels, how different chosen examples are, what a choice holds. Not
here: which figures a task takes (suites.selection.scoring), what they mean to a reader
(suites.selection.metrics).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import log

import numpy as np
import torch
from sklearn.metrics import average_precision_score, roc_auc_score
from torch import Tensor

RAREST = 3
"""How many classes count as the rarest third of ten."""

RIDGE = 1e-6
"""Added to a kernel's eigenvalues before their logarithm: copies have none of their own."""


def auroc(scores: Tensor, positive: Tensor) -> float:
    """The chance that a positive example scores above a negative one, ties counting half.

    Args:
        scores: shape (n,); infinite ones are above, or below, all others.
        positive: bool, shape (n,), with both kinds in it.
    """
    return float(roc_auc_score(positive.numpy(), _ranks(scores)))


def average_precision(scores: Tensor, positive: Tensor) -> float:
    """Precision at each positive example's place, the mean over them; ties share a place.

    Args:
        scores, positive: as of `auroc`.
    """
    return float(average_precision_score(positive.numpy(), _ranks(scores)))


def _ranks(scores: Tensor) -> np.ndarray:
    """The same order and ties in finite numbers."""
    return scores.unique(return_inverse=True)[1].numpy()


def area_over_log(sizes: Sequence[int], values: Sequence[float]) -> float:
    """The mean of a curve over the logarithm of size, by trapezoids, in the values' unit.

    Args:
        sizes: ascending, two or more.
    """
    at = [log(size) for size in sizes]
    pieces = [(at[i + 1] - at[i]) * (values[i] + values[i + 1]) / 2 for i in range(len(values) - 1)]
    return sum(pieces) / (at[-1] - at[0])


def vendi_score(features: Tensor) -> float:
    """How many different examples a set is worth: e to the entropy of its kernel's eigenvalues.

    The kernel is cosine similarity over n. Source: Friedman and Dieng, The Vendi Score (2023),
    equation 2.

    Args:
        features: shape (n, d); a row of zeros is similar to nothing.
    Returns:
        From 1, all alike, to n, all orthogonal.
    """
    rows = torch.nn.functional.normalize(features.double(), dim=1)
    gram = rows.T @ rows if rows.shape[1] < len(rows) else rows @ rows.T
    eigenvalues = torch.linalg.eigvalsh(gram / len(rows))
    positive = eigenvalues[eigenvalues > 1e-12]
    return float((-(positive * positive.log()).sum()).exp())


def log_det_distance(features: Tensor) -> float:
    """The mean log-eigenvalue of a set's Gaussian kernel, its width the median distance.

    log det (K + ridge) / n with K = exp(-d^2 / (2 median d^2)): 0 where all are far apart, lower
    where some are nearly alike. The width hangs on the set, so a set that is only larger in scale
    is no more spread.

    Args:
        features: shape (n, d), not all alike.
    """
    rows = features.double()
    squared = torch.cdist(rows, rows, compute_mode="donot_use_mm_for_euclid_dist").square()
    apart = squared[~torch.eye(len(rows), dtype=torch.bool)]
    kernel = torch.exp(-squared / (2 * apart.median()))
    eigenvalues = torch.linalg.eigvalsh(kernel) + RIDGE
    return float(eigenvalues.clamp(min=RIDGE).log().mean())


def noise_rate(numbers: Tensor, wrong: Tensor) -> float:
    """The part of a choice whose label is wrong."""
    return float(wrong[numbers].double().mean())


def copies_an_original(numbers: Tensor, original: Tensor) -> float:
    """The part of a choice that repeats an original which it has already, itself or a copy."""
    return 1 - len(original[numbers].unique()) / len(numbers)


def recall_of_rarest(numbers: Tensor, truth: Tensor) -> float:
    """The part of the rarest classes' examples that a choice holds.

    Args:
        truth: the right label of each of the pool; of equally rare classes the lower counts.
    """
    counts = torch.bincount(truth)
    rarest = counts.argsort(stable=True)[:RAREST]
    rare = torch.isin(truth, rarest)
    return float(rare[numbers].sum() / rare.sum())

"""Singular values that merging methods share, one weight matrix at a time.

Here: the thin singular value decomposition and the polar factor of a matrix, and the loop over a
state's tensors that gives a method the experts' changes of one matrix at a time. Both
decompositions go through the eigenvectors of A A^T on the shorter side: about half of the time of
an SVD where one side is four times the other. Forming A A^T squares the condition number, so it
is done in double precision: singular values down to 1e-6 of the largest (about 8 roundings of
float32) come out to float32's digits or better, and smaller ones count as zero.
Not here: any one method's equation; states as flat vectors (suites.merging.vectors).
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from suites.merging.problem import MergingProblem
from suites.merging.vectors import State, sum_tensors

NEGLIGIBLE = 1e-6
"""Singular values up to this share of the largest count as zero."""


def merge_matrices(
    problem: MergingProblem, merge: Callable[[list[Tensor]], Tensor], scale: float
) -> State:
    """theta_0 + scale * merge(t_1, ..., t_K) for matrices; the mean of the t_i for other tensors.

    A matrix is any tensor of two dimensions, tables of positions included, as in the released code
    of Iso-C and TSV-M. Holds one state and one tensor's K changes at a time.

    Args:
        merge: takes the experts' changes of one matrix, each of shape (rows, columns), which it
            may overwrite; gives one of that shape, in any floating-point type.
    """
    merged = {}
    for name, start in problem.pretrained.items():
        if not start.is_floating_point():
            merged[name] = start.clone()
            continue
        changes = [expert[name] - start for expert in problem.experts]
        if start.dim() == 2:
            change = merge(changes).to(start.dtype)
        else:
            change = sum_tensors(changes).div_(len(changes))
        merged[name] = start.add(change, alpha=scale)
    return merged


def thin_svd(matrix: Tensor, keep: int | None = None) -> tuple[Tensor, Tensor, Tensor]:
    """U, s, V^T with matrix = U diag(s) V^T and s decreasing, in double precision.

    Args:
        matrix: shape (rows, columns).
        keep: how many of the largest singular values; by default all min(rows, columns).
    Returns:
        Shapes (rows, keep), (keep,), (keep, columns). The vectors are orthonormal, but zero where
        the singular value is (see NEGLIGIBLE).
    """
    if matrix.shape[0] > matrix.shape[1]:
        left, values, right = thin_svd(matrix.T, keep)
        return right.T, values, left.T
    matrix = matrix.double()
    vectors, values = _left_vectors(matrix)
    vectors, values = vectors[:, :keep], values[:keep]
    inverse = _inverse(values)
    left = vectors * (inverse > 0)
    return left, values, (left.T @ matrix).mul_(inverse[:, None])


def polar(matrix: Tensor) -> tuple[Tensor, Tensor]:
    """U V^T of the decomposition U diag(s) V^T, and s: the nearest matrix with s = 1.

    Args:
        matrix: shape (rows, columns).
    Returns:
        Shapes (rows, columns) and (min(rows, columns),), in double precision. Directions whose
        singular value is zero (see NEGLIGIBLE) are left out: there the factor is zero, not an
        arbitrary isometry.
    """
    if matrix.shape[0] > matrix.shape[1]:
        factor, values = polar(matrix.T)
        return factor.T, values
    matrix = matrix.double()
    vectors, values = _left_vectors(matrix)
    return (vectors * _inverse(values)) @ vectors.T @ matrix, values


def _left_vectors(matrix: Tensor) -> tuple[Tensor, Tensor]:
    """All left singular vectors of a matrix that isn't tall, as columns, and its values."""
    squares, vectors = torch.linalg.eigh(matrix @ matrix.T)
    values = squares.flip(0).clamp_(min=0).sqrt_()
    values[values <= NEGLIGIBLE * values[0]] = 0
    return vectors.flip(1), values


def _inverse(values: Tensor) -> Tensor:
    """1 / s, and 0 where s is 0."""
    return torch.where(values > 0, 1 / values, 0.0)

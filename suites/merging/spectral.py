"""Singular values that merging methods share, one weight matrix at a time.

Here: the thin singular value decomposition and the polar factor of a matrix, and the loop over a
state's tensors that gives a method the experts' changes of one matrix at a time. Both
decompositions go through the eigenvectors of A A^T on the shorter side: about half of the time of
an SVD where one side is four times the other. Forming A A^T squares the condition number, so it
is done in double precision: singular values down to 1e-6 of the largest (about 8 roundings of
float32) come out to float32's digits or better, and smaller ones count as zero.
So do those that rounding alone can make. An expert's numbers are stored, each off by up to half a
unit in its last place; a change of low rank (an adapter's) comes back as that change and a matrix
of such errors, whose singular values aren't zero, and which a method that levels singular values
would make as large as all others. `rounding` bounds them: what it gives is called noise below.
Not here: any one method's equation; states as flat vectors (suites.merging.vectors).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from suites.merging.problem import MergingProblem
from suites.merging.vectors import State, sum_tensors

NEGLIGIBLE = 1e-6
"""Singular values up to this share of the largest count as zero."""


MergeMatrix = Callable[[list[Tensor], list[float]], Tensor]
"""From the experts' changes of one matrix, each of shape (rows, columns) in double precision, and
the noise of each, to one change of that shape."""


Svd = tuple[Tensor, Tensor, Tensor]
"""U, s and V^T of `thin_svd`."""


def merge_matrices(problem: MergingProblem, merge: MergeMatrix) -> State:
    """merge(t_1, ..., t_K) for matrices; the mean of the t_i for other tensors: a merged change.

    A matrix is any tensor of two dimensions, tables of positions included, as in the released code
    of Iso-C and TSV-M; a convolution's kernel is none. Holds one state and one matrix's K changes
    at a time, the latter in double precision, in which subtracting adds no rounding.

    Returns:
        What `add_change` adds to the pretrained weights.
    """
    merged = {}
    for name, start in problem.pretrained.items():
        if start.dim() == 2 and start.is_floating_point() and start.numel():
            changes = [expert[name].double() - start for expert in problem.experts]
            noise = [rounding(expert[name]) for expert in problem.experts]
            merged[name] = merge(changes, noise).to(start.dtype)
        elif start.is_floating_point():
            changes = [expert[name] - start for expert in problem.experts]
            merged[name] = sum_tensors(changes).div_(len(changes))
    return merged


def rounding(stored: Tensor) -> float:
    """The largest singular value that the errors of a stored matrix can have: its noise.

    Each number is off by at most half an epsilon of itself, and no singular value is above the
    Frobenius norm. Of independent errors the largest is smaller, about 2 / sqrt(rows) of this; but
    equal numbers have equal errors, and then it is reached.
    """
    norm = torch.linalg.vector_norm(stored, dtype=torch.float64)
    return torch.finfo(stored.dtype).eps / 2 * float(norm)


def thin_svd(matrix: Tensor, keep: int | None = None, noise: float = 0.0) -> Svd:
    """U, s, V^T with matrix = U diag(s) V^T and s decreasing, in double precision.

    Args:
        matrix: shape (rows, columns).
        keep: how many of the largest singular values; by default all min(rows, columns).
        noise: singular values up to it count as zero, besides those that are NEGLIGIBLE.
    Returns:
        Shapes (rows, keep), (keep,), (keep, columns). The vectors are orthonormal, but zero where
        the singular value is.
    """
    if matrix.shape[0] > matrix.shape[1]:
        left, values, right = thin_svd(matrix.T, keep, noise)
        return right.T, values, left.T
    matrix = matrix.double()
    vectors, values = _left_vectors(matrix, noise)
    vectors, values = vectors[:, :keep], values[:keep]
    inverse = invert(values)
    left = vectors * (inverse > 0)
    return left, values, (left.T @ matrix).mul_(inverse[:, None])


def polar(matrix: Tensor, noise: float = 0.0) -> tuple[Tensor, Tensor]:
    """U V^T of the decomposition U diag(s) V^T, and s: the nearest matrix with s = 1.

    Args:
        matrix: shape (rows, columns).
        noise: as for `thin_svd`.
    Returns:
        Shapes (rows, columns) and (min(rows, columns),), in double precision. Directions whose
        singular value counts as zero are left out: there the factor is zero, not an arbitrary
        isometry.
    """
    if matrix.shape[0] > matrix.shape[1]:
        factor, values = polar(matrix.T, noise)
        return factor.T, values
    matrix = matrix.double()
    vectors, values = _left_vectors(matrix, noise)
    return (vectors * invert(values)) @ vectors.T @ matrix, values


def whiten(directions: Sequence[Tensor], doubts: Sequence[Tensor]) -> Tensor:
    """The nearest orthonormal matrix to directions that stand side by side (Procrustes).

    Directions that several experts share are nearly parallel, so that one combination of them is
    all but zero. Made as long as the others, it must be more than the errors of those it combines.

    Args:
        directions: one matrix an expert, its columns of length 1 or 0, shape (rows, some).
        doubts: for each of them how far a column may be from the true one, shape (some,): the
            noise of what it was taken from over its singular value.
    Returns:
        Shape (rows, all columns), double precision; its singular values are 1 and 0.
    """
    left, values, combinations = thin_svd(torch.cat(list(directions), 1))
    known = values > combinations.abs() @ torch.cat(list(doubts))
    return (left * known) @ combinations


def _left_vectors(matrix: Tensor, noise: float) -> tuple[Tensor, Tensor]:
    """All left singular vectors of a matrix that isn't tall, as columns, and its values."""
    squares, vectors = torch.linalg.eigh(matrix @ matrix.T)
    values = squares.flip(0).clamp_(min=0).sqrt_()
    values[values <= max(NEGLIGIBLE * float(values[0]), noise)] = 0
    return vectors.flip(1), values


def invert(values: Tensor) -> Tensor:
    """1 / s, and 0 where s is 0."""
    return torch.where(values > 0, 1 / values, 0.0)

"""What factorisations, solvers and Fourier transforms cost.

Here: the standard counts of Golub and Van Loan, "Matrix Computations" (4th edition, sections 3 to
8), and n log2 n for transforms. Complex numbers cost four times as much. Not here: products
(bench.metering.products), sorting (bench.metering.windows).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import log2, prod
from typing import Any

from torch import Tensor, broadcast_shapes

from bench.metering.elements import Formula


def _sizes(matrix: Tensor) -> tuple[int, int, int]:
    """(batch, long side, short side) of a stack of matrices."""
    rows, columns = matrix.shape[-2:]
    return prod(matrix.shape[:-2]), max(rows, columns), min(rows, columns)


def svd(matrix: Tensor, full_matrices: bool = False, compute_uv: bool = True, **_: Any) -> float:
    """Golub and Van Loan, figure 8.6.1: the cheaper of Golub-Reinsch and R-SVD."""
    batch, m, n = _sizes(matrix)
    if not compute_uv:
        return batch * min(4 * m * n**2 - 4 / 3 * n**3, 2 * m * n**2 + 2 * n**3)
    if full_matrices:
        return batch * min(4 * m**2 * n + 8 * m * n**2 + 9 * n**3, 4 * m**2 * n + 22 * n**3)
    return batch * min(14 * m * n**2 + 8 * n**3, 6 * m * n**2 + 20 * n**3)


def eigh(matrix: Tensor, _triangle: str = "L", compute_v: bool = True, **_: Any) -> float:
    """Golub and Van Loan, 8.3: tridiagonalise, then QR; 9n^3 with vectors."""
    batch, n, _n = _sizes(matrix)
    return batch * (9 if compute_v else 4 / 3) * n**3


def eig(matrix: Tensor, *_: Any, **__: Any) -> float:
    """Golub and Van Loan, 7.5.6: the real Schur form with vectors."""
    batch, n, _n = _sizes(matrix)
    return batch * 25 * n**3


def eigvals(matrix: Tensor, *_: Any, **__: Any) -> float:
    """Golub and Van Loan, 7.5.6: the eigenvalues alone."""
    batch, n, _n = _sizes(matrix)
    return batch * 10 * n**3


def _householder(rows: int, columns: int) -> float:
    """R alone of a QR factorisation: 2n^2(m - n/3), Golub and Van Loan, 5.2.2."""
    n, m = min(rows, columns), max(rows, columns)
    return 2 * n**2 * (m - n / 3)


def _form_q(rows: int, reflectors: int, columns: int) -> float:
    """The first columns of a product of so many reflectors: 4mck - 2(m + c)k^2 + 4/3 k^3."""
    m, k, c = rows, reflectors, columns
    return 4 * m * c * k - 2 * (m + c) * k**2 + 4 / 3 * k**3


def qr(matrix: Tensor, mode: str = "reduced", **_: Any) -> float:
    """Householder: R, and what is wanted of Q, which costs as much again where it is thin."""
    rows, columns = matrix.shape[-2:]
    k = min(rows, columns)
    wide = {"reduced": k, "complete": rows, "r": 0}[mode]
    q = _form_q(rows, k, wide) if wide else 0
    return prod(matrix.shape[:-2]) * (_householder(rows, columns) + q)


def geqrf(matrix: Tensor, **_: Any) -> float:
    """R and the reflectors."""
    return prod(matrix.shape[:-2]) * _householder(*matrix.shape[-2:])


def householder_product(reflectors: Tensor, tau: Tensor, **_: Any) -> float:
    """The columns of Q that the reflectors stand in."""
    rows, columns = reflectors.shape[-2:]
    return prod(reflectors.shape[:-2]) * _form_q(rows, tau.shape[-1], columns)


def ormqr(reflectors: Tensor, tau: Tensor, other: Tensor, *_: Any, **__: Any) -> float:
    """Q times another matrix: k reflectors of length m, on each of its columns 4m - 2k each."""
    m, k = reflectors.shape[-2], tau.shape[-1]
    across = other.numel() // max(m, 1)
    return across * k * (4 * m - 2 * k)


def lu(matrix: Tensor, *_: Any, **__: Any) -> float:
    """n^2(m - n/3); 2/3 n^3 where it is square."""
    batch, m, n = _sizes(matrix)
    return batch * n**2 * (m - n / 3)


def solve(matrix: Tensor, right: Tensor, *_: Any, **__: Any) -> float:
    """LU factorisation, then two triangular solves for each right-hand side."""
    return lu(matrix) + 2 * matrix.shape[-1] * _wide(matrix, right)


def triangular(matrix: Tensor, right: Tensor, *_: Any, **__: Any) -> float:
    """n^2 for each right-hand side."""
    return matrix.shape[-1] * _wide(matrix, right)


def triangular_old(right: Tensor, matrix: Tensor, *_: Any, **__: Any) -> float:
    """The same, its arguments the other way round."""
    return triangular(matrix, right)


def factored(right: Tensor, factor: Tensor, *_: Any, **__: Any) -> float:
    """Two triangular solves with a factor that is already there (Cholesky)."""
    return 2 * factor.shape[-1] * right.numel()


def lu_solve(factor: Tensor, _pivots: Tensor, right: Tensor, *_: Any, **__: Any) -> float:
    """Two triangular solves; also of L D L^T, whose D is small beside them."""
    return 2 * factor.shape[-1] * right.numel()


def _wide(matrix: Tensor, right: Tensor) -> int:
    """Entries of the right-hand sides, once those and a batch of matrices are broadcast."""
    if right.dim() == 1 or right.shape == matrix.shape[:-1]:
        return prod(matrix.shape[:-1])
    batch = broadcast_shapes(matrix.shape[:-2], right.shape[:-2])
    return int(prod(batch)) * prod(right.shape[-2:])


def cholesky(matrix: Tensor, *_: Any, **__: Any) -> float:
    """n^3 / 3; L D L^T takes as much."""
    batch, n, _n = _sizes(matrix)
    return batch * n**3 / 3


def cholesky_inverse(factor: Tensor, *_: Any, **__: Any) -> float:
    """The factor's inverse n^3 / 3, and its product with itself as much."""
    batch, n, _n = _sizes(factor)
    return batch * 2 / 3 * n**3


def inverse(matrix: Tensor, *_: Any, **__: Any) -> float:
    """2 n^3."""
    batch, n, _n = _sizes(matrix)
    return batch * 2 * n**3


def pinv(matrix: Tensor, *_: Any, **__: Any) -> float:
    """A thin SVD, then V (U / s)^T."""
    batch, m, n = _sizes(matrix)
    return svd(matrix) + batch * 2 * m * n**2


def lstsq(matrix: Tensor, right: Tensor, *_: Any, **__: Any) -> float:
    """Golub and Van Loan, 5.3: QR, then Q^T b and a triangular solve."""
    batch, m, n = _sizes(matrix)
    columns = right.shape[-1] if right.dim() > 1 else 1
    return batch * (2 * n**2 * (m - n / 3) + columns * (4 * m * n + n**2))


def matrix_exp(matrix: Tensor) -> float:
    """Higham, "Functions of Matrices", 10.3: at most 13 products and a solve at double the size."""
    batch, n, _n = _sizes(matrix)
    return batch * (13 * 2 + 8 / 3) * n**3


def _lengths(x: Tensor, dimensions: Sequence[int]) -> int:
    return prod(x.shape[d] for d in dimensions)


def fft(x: Tensor, dimensions: Sequence[int], *_: Any, **__: Any) -> float:
    """Cooley-Tukey, complex to complex: 5 n log2 n."""
    return 5 * x.numel() * log2(max(_lengths(x, dimensions), 2))


def fft_real(x: Tensor, dimensions: Sequence[int], *_: Any, **__: Any) -> float:
    """From n real numbers: half of that."""
    return 2.5 * x.numel() * log2(max(_lengths(x, dimensions), 2))


def fft_to_real(x: Tensor, dimensions: Sequence[int], _norm: int, last: int, **_: Any) -> float:
    """To n real numbers, `last` along the last dimension: likewise."""
    short = max(x.shape[dimensions[-1]], 1)
    length = _lengths(x, dimensions) // short * last
    return 2.5 * (x.numel() // short * last) * log2(max(length, 2))


def _four_if_complex(formula: Formula) -> Formula:
    """A complex multiply-add is four real ones."""

    def cost(*arguments: Any, **keywords: Any) -> float:
        first: Tensor = arguments[0]
        return (4 if first.dtype.is_complex else 1) * formula(*arguments, **keywords)

    return cost


REAL: dict[str, Formula] = {
    "_linalg_svd": svd,
    "_linalg_eigh": eigh,
    "linalg_eig": eig,
    "linalg_eigvals": eigvals,
    "linalg_qr": qr,
    "geqrf": geqrf,
    "linalg_householder_product": householder_product,
    "ormqr": ormqr,
    "linalg_lu_factor_ex": lu,
    "linalg_lu": lu,
    "_linalg_det": lu,
    "_linalg_slogdet": lu,
    "_linalg_solve_ex": solve,
    "linalg_solve_triangular": triangular,
    "triangular_solve": triangular_old,
    "cholesky_solve": factored,
    "linalg_lu_solve": lu_solve,
    "linalg_ldl_solve": lu_solve,
    "linalg_ldl_factor_ex": cholesky,
    "linalg_cholesky_ex": cholesky,
    "cholesky": cholesky,
    "cholesky_inverse": cholesky_inverse,
    "linalg_inv_ex": inverse,
    "linalg_pinv": pinv,
    "linalg_lstsq": lstsq,
    "linalg_matrix_exp": matrix_exp,
}
"""On real numbers."""

FORMULAS: dict[str, Formula] = {
    **{name: _four_if_complex(formula) for name, formula in REAL.items()},
    "_fft_c2c": fft,
    "_fft_r2c": fft_real,
    "_fft_c2r": fft_to_real,
}

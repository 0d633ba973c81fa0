"""What each torch operator costs, in floating-point operations, known before it runs.

Here: one formula for each kind of operator. Matrix products, convolutions and attention follow
torch's own `flop_registry`; linear algebra follows the standard counts of Golub and Van Loan,
"Matrix Computations" (4th edition, sections 3-8); pointwise operators and reductions cost one an
element; sorting costs n log2 n; moving or making data is free. One multiply-add is two.
Not here: adding up and stopping (bench.metering.meter).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from math import log2, prod
from typing import Any

import torch
from torch import Tensor
from torch.utils.flop_counter import conv_flop_count, flop_registry, sdpa_flop_count

Formula = Callable[..., float]
aten = torch.ops.aten

torch.func.grad(torch.sum)(torch.zeros(1))
"""Before anything is counted: see suites.common.replay."""

MOVING_OPERATORS = """
_conj _copy_from _linalg_check_errors _local_scalar_dense _to_copy _unsafe_index _unsafe_view alias
arange as_strided cat clone constant_pad_nd copy copy_ detach detach_ diag diag_embed embedding
empty empty_like expand eye fill fill_ flip full_like gather index index_put index_put_
index_select is_same_size item lift_fresh lift_fresh_copy masked_scatter masked_scatter_
masked_select new_empty new_empty_strided new_full new_ones new_zeros nonzero ones_like
permute_copy rand_like randint_like randn_like reflection_pad1d reflection_pad2d repeat
replication_pad2d resize_ roll rot90 scatter select_backward select_scatter set_ slice_backward
slice_scatter squeeze_ stack sym_numel sym_size t_ t_copy take transpose_ tril triu unfold
unsqueeze_ zero_ zeros_like
"""
FREE = frozenset(MOVING_OPERATORS.split())
"""Operators that only move, make or describe data."""


@cache
def formula(operator: Any) -> Formula | None:
    """The cost of an operator as a function of its arguments, or None where it is free.

    Args:
        operator: an overload such as `torch.ops.aten.mm.default`.
    Returns:
        A function of the operator's own arguments (tensors; only shapes are read).
    """
    namespace, name = operator.namespace, operator.overloadpacket.__name__
    if namespace in ("prim", "prims", "profiler", "c10d", "_c10d_functional"):
        return None
    packet = operator.overloadpacket
    if namespace == "aten" and name.endswith("_") and not name.endswith("__"):
        packet = getattr(aten, name[:-1], packet)  # addmm_ costs what addmm does
    if packet in SPECIAL:
        return SPECIAL[packet]
    if packet in flop_registry:
        return _from_registry(flop_registry[packet])
    if namespace == "aten" and (name in FREE or operator.is_view):
        return None
    if torch.Tag.pointwise in operator.tags:
        return _pointwise
    return _elements


def _from_registry(registered: Callable[..., int]) -> Formula:
    """A formula of torch's own, for operators whose cost follows from their inputs alone."""

    def cost(*arguments: Any, **keywords: Any) -> float:
        return int(registered(*arguments, **keywords, out_val=None))

    return cost


def _pointwise(*arguments: Any, **keywords: Any) -> float:
    """One an element of the broadcast result."""
    shapes = [a.shape for a in arguments if isinstance(a, Tensor)]
    shapes += [a.shape for a in keywords.values() if isinstance(a, Tensor)]
    if not shapes:
        return 0
    first = shapes[0]
    if all(shape == first for shape in shapes):
        return prod(first)
    return int(prod(torch.broadcast_shapes(*shapes)))


def _elements(*arguments: Any, **keywords: Any) -> float:
    """One an element of the largest input; the sum over an operator's lists of tensors."""
    largest = listed = 0
    for argument in (*arguments, *keywords.values()):
        if isinstance(argument, Tensor):
            largest = max(largest, argument.numel())
        elif isinstance(argument, (list, tuple)):
            listed += sum(a.numel() for a in argument if isinstance(a, Tensor))
    return largest + listed


def _mm(a: Tensor, b: Tensor, *_: Any, **__: Any) -> float:
    return 2 * a.shape[0] * a.shape[1] * b.shape[1]


def _addmm(_bias: Tensor, a: Tensor, b: Tensor, *_: Any, **__: Any) -> float:
    return 2 * a.shape[0] * a.shape[1] * b.shape[1]


def _bmm(a: Tensor, b: Tensor, *_: Any, **__: Any) -> float:
    return 2 * a.numel() * b.shape[2]


def _baddbmm(_bias: Tensor, a: Tensor, b: Tensor, *_: Any, **__: Any) -> float:
    return 2 * a.numel() * b.shape[2]


def _mv(matrix: Tensor, _vector: Tensor, *_: Any, **__: Any) -> float:
    return 2 * matrix.numel()


def _addmv(_bias: Tensor, matrix: Tensor, _vector: Tensor, *_: Any, **__: Any) -> float:
    return 2 * matrix.numel()


def _addr(_matrix: Tensor, a: Tensor, b: Tensor, *_: Any, **__: Any) -> float:
    return 2 * a.numel() * b.numel()


def _dot(a: Tensor, _b: Tensor, **_: Any) -> float:
    return 2 * a.numel()


def _convolution(
    x: Tensor,
    weight: Tensor,
    _bias: Tensor | None,
    stride: Sequence[int],
    padding: Sequence[int],
    dilation: Sequence[int],
    transposed: bool = False,
    output_padding: Sequence[int] = (),
    *_: Any,
    **__: Any,
) -> float:
    """The registry's count; it wants the output's shape, which is worked out here beforehand."""
    spatial = []
    for i, (size, kernel) in enumerate(zip(x.shape[2:], weight.shape[2:], strict=True)):
        step, pad, gap = (v[i] if len(v) > 1 else v[0] for v in (stride, padding, dilation))
        reach = gap * (kernel - 1)
        if transposed:
            extra = output_padding[i] if len(output_padding) > i else 0
            spatial.append((size - 1) * step - 2 * pad + reach + extra + 1)
        else:
            spatial.append((size + 2 * pad - reach - 1) // step + 1)
    out = [x.shape[0], weight.shape[0], *spatial]
    return float(conv_flop_count(list(x.shape), list(weight.shape), out, transposed=transposed))


def _convolution_backward(gradient: Tensor, x: Tensor, weight: Tensor, *rest: Any) -> float:
    """The registry's count; the gradients' shapes are those of what they belong to."""
    wanted = rest[-1]
    out = (x if wanted[0] else None, weight if wanted[1] else None, None)
    count: Formula = flop_registry[aten.convolution_backward]
    return count(gradient, x, weight, *rest, out_val=out)


def _attention(query: Tensor, key: Tensor, value: Tensor, *_: Any, **__: Any) -> float:
    return float(sdpa_flop_count(query.shape, key.shape, value.shape))


def _attention_backward(
    _gradient: Tensor, query: Tensor, key: Tensor, value: Tensor, *_: Any, **__: Any
) -> float:
    """Five products to the forward's two, as torch counts its other attention kernels."""
    return 5 / 2 * _attention(query, key, value)


def _sizes(matrix: Tensor) -> tuple[int, int, int]:
    """(batch, long side, short side) of a stack of matrices."""
    rows, columns = matrix.shape[-2:]
    return prod(matrix.shape[:-2]), max(rows, columns), min(rows, columns)


def _svd(matrix: Tensor, full_matrices: bool = False, compute_uv: bool = True, **_: Any) -> float:
    """Golub and Van Loan, figure 8.6.1: the cheaper of Golub-Reinsch and R-SVD."""
    batch, m, n = _sizes(matrix)
    if not compute_uv:
        return batch * min(4 * m * n**2 - 4 / 3 * n**3, 2 * m * n**2 + 2 * n**3)
    if full_matrices:
        return batch * min(4 * m**2 * n + 8 * m * n**2 + 9 * n**3, 4 * m**2 * n + 22 * n**3)
    return batch * min(14 * m * n**2 + 8 * n**3, 6 * m * n**2 + 20 * n**3)


def _eigh(matrix: Tensor, _triangle: str = "L", compute_v: bool = True, **_: Any) -> float:
    """Golub and Van Loan, 8.3: tridiagonalise, then QR; 9n^3 with vectors."""
    batch, n, _n = _sizes(matrix)
    return batch * (9 if compute_v else 4 / 3) * n**3


def _eig(matrix: Tensor, *_: Any, **__: Any) -> float:
    """Golub and Van Loan, 7.5.6: the real Schur form with vectors."""
    batch, n, _n = _sizes(matrix)
    return batch * 25 * n**3


def _qr(matrix: Tensor, *_: Any, **__: Any) -> float:
    """Householder: 2n^2(m - n/3) for R, and as much again for the thin Q."""
    batch, m, n = _sizes(matrix)
    return batch * 4 * n**2 * (m - n / 3)


def _lu(matrix: Tensor, *_: Any, **__: Any) -> float:
    batch, _m, n = _sizes(matrix)
    return batch * 2 / 3 * n**3


def _solve(matrix: Tensor, right: Tensor, *_: Any, **__: Any) -> float:
    """LU factorisation, then two triangular solves for each right-hand side."""
    batch, _m, n = _sizes(matrix)
    return batch * 2 / 3 * n**3 + 2 * n * _wide(matrix, right)


def _triangular(matrix: Tensor, right: Tensor, *_: Any, **__: Any) -> float:
    return matrix.shape[-1] * _wide(matrix, right)


def _factored(right: Tensor, factor: Tensor, *_: Any, **__: Any) -> float:
    """Two triangular solves with a factor that is already there (Cholesky)."""
    return 2 * factor.shape[-1] * right.numel()


def _lu_solve(factor: Tensor, _pivots: Tensor, right: Tensor, *_: Any, **__: Any) -> float:
    return 2 * factor.shape[-1] * right.numel()


def _wide(matrix: Tensor, right: Tensor) -> float:
    """Entries of the right-hand sides, where a batch of matrices may share them."""
    vector = right.dim() == 1 or right.dim() == matrix.dim() - 1
    columns = 1 if vector else right.shape[-1]
    return prod(matrix.shape[:-1]) * columns


def _cholesky(matrix: Tensor, *_: Any, **__: Any) -> float:
    batch, n, _n = _sizes(matrix)
    return batch * n**3 / 3


def _inverse(matrix: Tensor, *_: Any, **__: Any) -> float:
    batch, n, _n = _sizes(matrix)
    return batch * 2 * n**3


def _pinv(matrix: Tensor, *_: Any, **__: Any) -> float:
    """A thin SVD, then V (U / s)^T."""
    batch, m, n = _sizes(matrix)
    return _svd(matrix) + batch * 2 * m * n**2


def _lstsq(matrix: Tensor, right: Tensor, *_: Any, **__: Any) -> float:
    """Golub and Van Loan, 5.3: QR, then Q^T b and a triangular solve."""
    batch, m, n = _sizes(matrix)
    columns = right.shape[-1] if right.dim() > 1 else 1
    return batch * (2 * n**2 * (m - n / 3) + columns * (4 * m * n + n**2))


def _matrix_exp(matrix: Tensor) -> float:
    """Higham, "Functions of Matrices", 10.3: at most 13 products and a solve at double the size."""
    batch, n, _n = _sizes(matrix)
    return batch * (13 * 2 + 8 / 3) * n**3


def _fft(x: Tensor, dimensions: Sequence[int], *_: Any) -> float:
    """Cooley-Tukey: 5 n log2 n."""
    length = prod(x.shape[d] for d in dimensions)
    return 5 * x.numel() * log2(max(length, 2))


def _sort(x: Tensor, *arguments: Any, **keywords: Any) -> float:
    """n log2 n comparisons along the sorted dimension, taken as the longest where unsaid."""
    dimension = keywords.get("dim")
    if dimension is None:
        dimension = next((a for a in arguments if type(a) is int), -1)
    length = x.shape[dimension] if x.dim() else 1
    return x.numel() * log2(max(length, 2))


def _cdist(a: Tensor, b: Tensor, *_: Any) -> float:
    """A difference, a power and a sum for each coordinate of each pair."""
    return 3 * a.numel() * b.shape[-2]


SPECIAL: dict[Any, Formula] = {
    aten.mm: _mm,
    aten.addmm: _addmm,
    aten.bmm: _bmm,
    aten.baddbmm: _baddbmm,
    aten.addbmm: _baddbmm,
    aten.mv: _mv,
    aten.addmv: _addmv,
    aten.addr: _addr,
    aten.dot: _dot,
    aten.vdot: _dot,
    aten.convolution: _convolution,
    aten._convolution: _convolution,
    aten.convolution_backward: _convolution_backward,
    aten._scaled_dot_product_flash_attention_for_cpu: _attention,
    aten._scaled_dot_product_flash_attention_for_cpu_backward: _attention_backward,
    aten._linalg_svd: _svd,
    aten._linalg_eigh: _eigh,
    aten.linalg_eig: _eig,
    aten._linalg_eigvals: _eig,
    aten.linalg_qr: _qr,
    aten.geqrf: _qr,
    aten.linalg_lu_factor_ex: _lu,
    aten.linalg_lu: _lu,
    aten._linalg_det: _lu,
    aten._linalg_slogdet: _lu,
    aten._linalg_solve_ex: _solve,
    aten.linalg_solve_triangular: _triangular,
    aten.cholesky_solve: _factored,
    aten.linalg_lu_solve: _lu_solve,
    aten.linalg_cholesky_ex: _cholesky,
    aten.cholesky_inverse: _inverse,
    aten.linalg_inv_ex: _inverse,
    aten.linalg_pinv: _pinv,
    aten.linalg_lstsq: _lstsq,
    aten.linalg_matrix_exp: _matrix_exp,
    aten._fft_r2c: _fft,
    aten._fft_c2c: _fft,
    aten._fft_c2r: _fft,
    aten.sort: _sort,
    aten.argsort: _sort,
    aten._cdist_forward: _cdist,
}
"""Formulas of our own, by operator: what the registry lacks, and the few hot ones it has."""

if hasattr(aten, "cholesky"):  # gone since torch 2.14
    SPECIAL[aten.cholesky] = _cholesky

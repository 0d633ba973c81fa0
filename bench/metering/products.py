"""What products cost: of matrices, convolutions, attention, distances.

Here: one formula for each, its count in the docstring. One multiply-add is two FLOPs, of complex
numbers eight; a bias is the accumulator's start and free. A sparse matrix costs what it stores.
Integers cost what floats do. Not here: factorisations (bench.metering.linear_algebra), recurrent
and fused layers (bench.metering.sequences).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import torch
from torch import Tensor

from bench.metering.elements import STRIDED, Formula, numbers, stored


def multiply_add(tensor: Tensor) -> int:
    """FLOPs of one multiply-add of its numbers."""
    return 8 if tensor.dtype.is_complex else 2


def mm(a: Tensor, b: Tensor, *_: Any, **__: Any) -> float:
    """(n, k) by (k, m): n k m multiply-adds."""
    if a.layout is not STRIDED or b.layout is not STRIDED:
        return multiply_add(a) * _sparse_pairs(a, b)
    return (8 if a.dtype.is_complex else 2) * a.shape[0] * a.shape[1] * b.shape[1]


def _sparse_pairs(a: Tensor, b: Tensor) -> int:
    """Pairs of stored elements that meet in a product."""
    if b.layout is STRIDED:
        return stored(a) * b.shape[-1]
    if a.layout is STRIDED:
        return stored(b) * a.shape[-2]
    in_columns = _coordinates(a)[1].bincount(minlength=a.shape[1])
    in_rows = _coordinates(b)[0].bincount(minlength=b.shape[0])
    return int((in_columns * in_rows).sum())


def _coordinates(matrix: Tensor) -> Tensor:
    """Rows and columns of a sparse matrix's stored elements, shape (2, stored)."""
    return (matrix if matrix.layout is torch.sparse_coo else matrix.to_sparse_coo())._indices()


def addmm(_start: Tensor, a: Tensor, b: Tensor, *_: Any, **__: Any) -> float:
    """As `mm`."""
    return mm(a, b)


def bmm(a: Tensor, b: Tensor, *_: Any, **__: Any) -> float:
    """(batch, n, k) by (batch, k, m): batch n k m multiply-adds."""
    return (8 if a.dtype.is_complex else 2) * stored(a) * b.shape[2]


def baddbmm(_start: Tensor, a: Tensor, b: Tensor, *_: Any, **__: Any) -> float:
    """As `bmm`."""
    return bmm(a, b)


def mv(matrix: Tensor, _vector: Tensor, *_: Any, **__: Any) -> float:
    """One multiply-add for each element of the matrix."""
    return multiply_add(matrix) * stored(matrix)


def addmv(_start: Tensor, matrix: Tensor, _vector: Tensor, *_: Any, **__: Any) -> float:
    """As `mv`."""
    return mv(matrix, _vector)


def addr(_start: Tensor, a: Tensor, b: Tensor, *_: Any, **__: Any) -> float:
    """One multiply-add for each element of the outer product."""
    return multiply_add(a) * a.numel() * b.numel()


def dot(a: Tensor, _b: Tensor, *_: Any, **__: Any) -> float:
    """One multiply-add an element."""
    return multiply_add(a) * a.numel()


def linear(x: Tensor, weight: Tensor, *_: Any, **__: Any) -> float:
    """Each input row meets each row of the weight, (outputs, inputs)."""
    return multiply_add(x) * x.numel() * weight.shape[0]


def sampled_addmm(start: Tensor, a: Tensor, _b: Tensor, *_: Any, **__: Any) -> float:
    """A dot product of a's rows for each element that the sparse start stores."""
    return multiply_add(a) * stored(start) * a.shape[-1]


def sparse_reduced(a: Tensor, b: Tensor, *_: Any, **__: Any) -> float:
    """As a sparse product, whatever reduces it."""
    return multiply_add(a) * _sparse_pairs(a, b)


def sparse_reduced_backward(
    a: Tensor, gradient: Tensor, _b: Tensor, _reduce: str, _places: Any, wanted: Sequence[bool]
) -> float:
    """A product of each stored element with a row, for each gradient that is wanted."""
    return sum(wanted) * multiply_add(a) * stored(a) * gradient.shape[-1]


def quantised_linear(x: Tensor, packed: Any, *_: Any, **__: Any) -> float:
    """As `linear`; the weight is read from its packed form."""
    return linear(x, packed.unpack()[0])


def trilinear(
    a: Tensor, b: Tensor, c: Tensor, expand_a: Sequence[int], expand_b: Sequence[int],
    expand_c: Sequence[int], summed: Sequence[int], unrolled: int = 1, *_: Any, **__: Any,
) -> float:  # fmt: skip
    """sum of a b c over some dimensions, as torch takes it: a by b, then the result by c.

    Each tensor lacks the dimensions that it expands along. Those summed along which c doesn't
    vary are gone after the first product, but for the one that torch takes slice by slice. A
    bilinear layer of n rows, i by j inputs and o outputs takes n o i j and then n o j
    multiply-adds.
    """
    sizes: dict[int, int] = {}
    absent = []
    for tensor, expanded in ((a, expand_a), (b, expand_b), (c, expand_c)):
        absent.append(set(expanded))
        there = (d for d in range(tensor.dim() + len(expanded)) if d not in absent[-1])
        for dimension, size in zip(there, tensor.shape, strict=True):
            sizes[dimension] = max(sizes.get(dimension, 1), size)
    gone = (set(summed) & absent[2]) - {unrolled}
    first = prod(s for d, s in sizes.items() if d not in absent[0] & absent[1])
    second = prod(s for d, s in sizes.items() if d not in gone)
    return multiply_add(a) * (first + second)


def convolution(
    x: Tensor,
    weight: Tensor,
    _bias: Tensor | None,
    stride: Sequence[int],
    padding: Sequence[int],
    dilation: Sequence[int],
    transposed: bool = False,
    *_: Any,
    **__: Any,
) -> float:
    """Each output meets the weights of one filter: kernel times the inputs of its group.

    Transposed, each input meets the weights that it is spread by: kernel times the outputs of its
    group. A weight's first dimension counts outputs, transposed inputs; the rest is one filter.
    """
    filter_size = prod(weight.shape[1:])
    if transposed:
        return multiply_add(x) * x.numel() * filter_size
    outputs = x.shape[0] * weight.shape[0]
    for i, (size, kernel) in enumerate(zip(x.shape[2:], weight.shape[2:], strict=True)):
        step, pad, gap = (v[i] if len(v) > 1 else v[0] for v in (stride, padding, dilation))
        outputs *= (size + 2 * pad - gap * (kernel - 1) - 1) // step + 1
    return multiply_add(x) * outputs * filter_size


def convolution_backward(
    gradient: Tensor, x: Tensor, weight: Tensor, _bias: Any, _stride: Any, _padding: Any,
    _dilation: Any, transposed: bool, _output_padding: Any, _groups: int, wanted: Sequence[bool],
) -> float:  # fmt: skip
    """The forward's products once for each of x and weight, and the bias's gradient is a sum."""
    spread = x if transposed else gradient
    products = multiply_add(x) * spread.numel() * prod(weight.shape[1:])
    return (wanted[0] + wanted[1]) * products + (numbers(gradient) if wanted[2] else 0)


def conv_tbc(x: Tensor, weight: Tensor, _bias: Tensor, padding: int = 0) -> float:
    """(time, batch, inputs) with (kernel, inputs, outputs)."""
    times = x.shape[0] + 2 * padding - weight.shape[0] + 1
    return multiply_add(x) * times * x.shape[1] * weight.numel()


SCORE, SCORE_BACKWARD = 4, 4
"""Passes over attention's scores: scaling, and softmax's three; backward again the exponential,
softmax's difference and product with it, and scaling."""


def attention(query: Tensor, key: Tensor, value: Tensor, *_: Any, **__: Any) -> float:
    """Scores q k^T and their product with v, in each head; and the passes over the scores.

    A causal mask saves nothing, as in torch's own count.
    """
    scores = prod(query.shape[:-1]) * key.shape[-2]
    return scores * (2 * query.shape[-1] + 2 * value.shape[-1] + SCORE)


def attention_backward(
    _gradient: Tensor, query: Tensor, key: Tensor, value: Tensor, *_: Any, **__: Any
) -> float:
    """Five products: q k^T again, and the gradients of weights, v, q and k."""
    scores = prod(query.shape[:-1]) * key.shape[-2]
    return scores * (6 * query.shape[-1] + 4 * value.shape[-1] + SCORE_BACKWARD)


def cdist(a: Tensor, b: Tensor, *_: Any) -> float:
    """A difference, a power and a sum for each coordinate of each pair."""
    return 3 * a.numel() * b.shape[-2]


def cdist_backward(_gradient: Tensor, a: Tensor, b: Tensor, *_: Any) -> float:
    """A difference, its function, the gradient's product and a sum for each of those."""
    return 4 * a.numel() * b.shape[-2]


def euclidean(a: Tensor, b: Tensor) -> float:
    """|a|^2 - 2 a b + |b|^2 as one product of rows that are two longer; see torch's own.

    Squares and their sums, a times -2; the product; clamping it, and its root.
    """
    pairs = a.numel() // a.shape[-1] * b.shape[-2] if a.numel() else 0
    return 3 * a.numel() + 2 * b.numel() + pairs * (2 * (a.shape[-1] + 2) + 2)


def pdist(x: Tensor, *_: Any) -> float:
    """As `cdist`, for each pair of rows once."""
    n, size = x.shape
    return 3 * n * (n - 1) // 2 * size


def pdist_backward(_gradient: Tensor, x: Tensor, *_: Any) -> float:
    """A difference, its function, and adding it to one row and taking it from the other."""
    n, size = x.shape
    return 4 * n * (n - 1) // 2 * size


FORMULAS: dict[str, Formula] = {
    "mm": mm,
    "_int_mm": mm,
    "_sparse_sparse_matmul": mm,
    "addmm": addmm,
    "_sparse_addmm": addmm,
    "sparse_sampled_addmm": sampled_addmm,
    "_sparse_mm_reduce_impl": sparse_reduced,
    "_sparse_mm_reduce_impl_backward": sparse_reduced_backward,
    "bmm": bmm,
    "baddbmm": baddbmm,
    "addbmm": baddbmm,
    "mv": mv,
    "addmv": addmv,
    "addr": addr,
    "dot": dot,
    "vdot": dot,
    "linear": linear,
    "_weight_int8pack_mm": linear,
    "_trilinear": trilinear,
    "convolution": convolution,
    "_convolution": convolution,
    "convolution_backward": convolution_backward,
    "conv_tbc": conv_tbc,
    "_scaled_dot_product_flash_attention_for_cpu": attention,
    "_scaled_dot_product_flash_attention_for_cpu_backward": attention_backward,
    "_scaled_dot_product_flash_attention": attention,
    "_scaled_dot_product_flash_attention_backward": attention_backward,
    "_scaled_dot_product_efficient_attention": attention,
    "_scaled_dot_product_efficient_attention_backward": attention_backward,
    "_scaled_dot_product_cudnn_attention": attention,
    "_scaled_dot_product_cudnn_attention_backward": attention_backward,
    "_scaled_dot_product_fused_attention_overrideable": attention,
    "_scaled_dot_product_fused_attention_overrideable_backward": attention_backward,
    "_cdist_forward": cdist,
    "_cdist_backward": cdist_backward,
    "_euclidean_dist": euclidean,
    "_pdist_forward": pdist,
    "_pdist_backward": pdist_backward,
}

QUANTISED: dict[str, Formula] = {
    "linear": quantised_linear,
    "linear_relu": quantised_linear,
    "linear_dynamic": quantised_linear,
    "linear_relu_dynamic": quantised_linear,
}
"""Of the namespace `quantized`."""

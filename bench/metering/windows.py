"""What operators cost that gather several elements for each of their results.

Here: pooling, interpolation, grid sampling, bags of embeddings, sorting and searching, and the few
losses and norms whose cost isn't their elements'. One operation for each element of a pooling
window; a multiply-add, two, for each weighted one. Not here: convolutions
(bench.metering.products), operators that go over their elements alone (bench.metering.lists).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil, log2, prod
from typing import Any

from torch import Tensor

from bench.metering.elements import Formula, numbers


def _outputs(size: int, kernel: int, step: int, pad: int, gap: int, ceiled: bool) -> int:
    """How many windows fit along a dimension, as torch counts them."""
    span = size + 2 * pad - gap * (kernel - 1) - 1
    count = span // step + 1
    if ceiled:
        count = ceil(span / step) + 1
        count -= (count - 1) * step >= size + pad  # the last one must start inside
    return count


def _each(values: Sequence[int], i: int) -> int:
    return values[i] if len(values) > 1 else values[0]


def _pooled(x: Tensor, kernel: Sequence[int], stride: Sequence[int], padding: Sequence[int],
            dilation: Sequence[int], ceiled: bool, dimensions: int) -> int:  # fmt: skip
    """Elements that a pooling's windows cover, those in the padding included."""
    covered = prod(x.shape[:-dimensions])
    for i in range(dimensions):
        width = _each(kernel, i)
        step = _each(stride, i) if stride else width
        pad, gap = _each(padding, i), _each(dilation, i)
        size = x.shape[i - dimensions]
        covered *= _outputs(size, width, step, pad, gap, ceiled) * width
    return covered


def max_pool(dimensions: int) -> Formula:
    """A comparison for each element of each window."""

    def cost(x: Tensor, kernel: Sequence[int], stride: Sequence[int] = (),
             padding: Sequence[int] = (0,), dilation: Sequence[int] = (1,),
             ceil_mode: bool = False, **_: Any) -> float:  # fmt: skip
        return _pooled(x, kernel, stride, padding, dilation, ceil_mode, dimensions)

    return cost


def average_pool(dimensions: int) -> Formula:
    """A sum for each element of each window."""

    def cost(x: Tensor, kernel: Sequence[int], stride: Sequence[int] = (),
             padding: Sequence[int] = (0,), ceil_mode: bool = False, *_: Any,
             **__: Any) -> float:  # fmt: skip
        return _pooled(x, kernel, stride, padding, (1,), ceil_mode, dimensions)

    return cost


def average_pool_backward(_gradient: Tensor, x: Tensor, *arguments: Any, **keywords: Any) -> float:
    """A sum for each element of each window, as forward."""
    return average_pool(len(arguments[0]))(x, *arguments, **keywords)


def _adaptive(x: Tensor, sizes: Sequence[int]) -> float:
    """A sum or comparison for each element of each window; window i of n spans
    floor(i size / n) to ceil((i + 1) size / n)."""
    covered = prod(x.shape[: -len(sizes)])
    for size, count in zip(x.shape[-len(sizes) :], sizes, strict=True):
        covered *= sum(-(-(i + 1) * size // count) - i * size // count for i in range(count))
    return covered


def adaptive_pool(x: Tensor, sizes: Sequence[int], *_: Any, **__: Any) -> float:
    """See `_adaptive`."""
    return _adaptive(x, sizes)


def adaptive_average_pool_backward(dimensions: int) -> Formula:
    """A sum for each element of each window, as forward."""

    def cost(gradient: Tensor, x: Tensor) -> float:
        return _adaptive(x, gradient.shape[-dimensions:])

    return cost


def fractional_pool(x: Tensor, kernel: Sequence[int], sizes: Sequence[int], *_: Any) -> float:
    """A comparison for each element of each window."""
    return prod(x.shape[: -len(sizes)]) * prod(sizes) * prod(kernel)


def resized(taps: int) -> Formula:
    """A multiply-add for each of so many neighbours of each output."""

    def cost(x: Tensor, sizes: Sequence[int] | None = None, *arguments: Any, **_: Any) -> float:
        return 2 * taps * x.shape[0] * x.shape[1] * prod(_target(x, sizes, arguments))

    return cost


def _target(x: Tensor, sizes: Sequence[int] | None, arguments: Sequence[Any]) -> Sequence[int]:
    """The sizes that an image is resized to: given, or by its factors."""
    if sizes is not None:
        return sizes
    factors = next(a for a in reversed(arguments) if isinstance(a, (list, tuple)))
    return [int(size * factor) for size, factor in zip(x.shape[2:], factors, strict=True)]


def resized_backward(taps: int) -> Formula:
    """As forward: each neighbour gets its share of each output's gradient."""

    def cost(gradient: Tensor, *_: Any, **__: Any) -> float:
        return 2 * taps * gradient.numel()

    return cost


def antialiased(reach: int) -> Formula:
    """Along one dimension after the other, a multiply-add for each element in a filter's reach.

    The filter reaches so many elements to each side, more by the factor that the image shrinks by.
    """

    def cost(x: Tensor, sizes: Sequence[int] | None = None, *arguments: Any, **_: Any) -> float:
        high, wide = _target(x, sizes, arguments)
        rows, columns = x.shape[-2:]
        return _two_filters(prod(x.shape[:-2]), rows, columns, high, wide, reach)

    return cost


def antialiased_backward(reach: int) -> Formula:
    """As forward."""

    def cost(gradient: Tensor, sizes: Sequence[int], before: Sequence[int], *_: Any,
             **__: Any) -> float:  # fmt: skip
        images, (rows, columns) = before[0] * before[1], before[2:]
        return _two_filters(images, rows, columns, sizes[0], sizes[1], reach)

    return cost


def _two_filters(images: int, rows: int, columns: int, high: int, wide: int, reach: int) -> float:
    taps_across = min(2 * ceil(reach * max(1, columns / wide)) + 1, columns)
    taps_down = min(2 * ceil(reach * max(1, rows / high)) + 1, rows)
    return 2 * images * wide * (taps_across * rows + taps_down * high)


BILINEAR, NEAREST, BICUBIC = 0, 1, 2


def grid_sample(dimensions: int) -> Formula:
    """A multiply-add for each neighbour of each output, in each channel; the nearest is moved."""

    def cost(x: Tensor, grid: Tensor, mode: int, *_: Any) -> float:
        taps: int = {BILINEAR: 2**dimensions, NEAREST: 0, BICUBIC: 4**dimensions}[mode]
        return 2 * taps * x.shape[1] * (grid.numel() // dimensions)

    return cost


def grid_sample_backward(dimensions: int) -> Formula:
    """As forward for the image's gradient, and for the grid's as many in each of its directions."""

    def cost(gradient: Tensor, x: Tensor, grid: Tensor, mode: int, _padding: int, _align: bool,
             wanted: Sequence[bool]) -> float:  # fmt: skip
        if mode == NEAREST:
            return numbers(gradient)
        forward = grid_sample(dimensions)(x, grid, mode)
        return forward * (wanted[0] + dimensions * wanted[1])

    return cost


def affine_grid(theta: Tensor, size: Sequence[int], *_: Any) -> float:
    """A product of each point, homogeneous, with its image's matrix."""
    return 2 * size[0] * prod(size[2:]) * theta.shape[1] * theta.shape[2]


def embedding_bag(weight: Tensor, indices: Tensor, *arguments: Any, **_: Any) -> float:
    """A sum for each element of each row that is looked up; a multiply-add where it is weighed."""
    weighed = any(isinstance(a, Tensor) for a in arguments[1:])
    return indices.numel() * weight.shape[1] * (2 if weighed else 1)


def embedding_bag_backward(gradient: Tensor, indices: Tensor, *_: Any, **__: Any) -> float:
    """Each looked up row's gradient is added in."""
    return indices.numel() * gradient.shape[1]


def bag_weights_backward(gradient: Tensor, _weight: Tensor, indices: Tensor, *_: Any) -> float:
    """A dot product for each looked up row."""
    return 2 * indices.numel() * gradient.shape[1]


def batch_norm(training: int) -> Formula:
    """Three passes in training (mean, variance, result), one where both are given.

    Args:
        training: the place of that argument.
    """

    def cost(x: Tensor, *arguments: Any, **_: Any) -> float:
        return numbers(x) * (3 if arguments[training - 1] else 1)

    return cost


def nll(_x: Tensor, target: Tensor, *_: Any, **__: Any) -> float:
    """One for each target, whose class's entry alone is read."""
    return target.numel()


def nll_backward(_gradient: Tensor, _x: Tensor, target: Tensor, *_: Any, **__: Any) -> float:
    """Likewise."""
    return target.numel()


def glu(x: Tensor, *_: Any, **__: Any) -> float:
    """One for each element of the result, half the input's."""
    return numbers(x) / 2


def trace(matrix: Tensor) -> float:
    """One for each element of the diagonal."""
    return min(matrix.shape)


def sort(x: Tensor, *arguments: Any, **keywords: Any) -> float:
    """n log2 n comparisons along the sorted dimension, taken as the last where unsaid."""
    dimension = keywords.get("dim")
    if dimension is None:
        dimension = next((a for a in arguments if type(a) is int), -1)
    length = x.shape[dimension] if x.dim() else 1
    return x.numel() * log2(max(length, 2))


def topk(x: Tensor, k: int, dimension: int = -1, *_: Any, **__: Any) -> float:
    """Selecting takes a pass, and the k that are kept are sorted."""
    rows = x.numel() // max(x.shape[dimension], 1) if x.dim() else 1
    return x.numel() + rows * k * log2(max(k, 2))


def sort_all(x: Tensor, *_: Any, **__: Any) -> float:
    """n log2 n over all its elements."""
    return x.numel() * log2(max(x.numel(), 2))


def unique_rows(x: Tensor, dimension: int, *_: Any, **__: Any) -> float:
    """Sorting the slices along a dimension; a comparison reads a slice."""
    return x.numel() * log2(max(x.shape[dimension], 2))


def coalesce(x: Tensor) -> float:
    """Sorting what is stored, and adding up what has one place."""
    return x._nnz() * log2(max(x._nnz(), 2)) + numbers(x)


def searched(in_sorted: Callable[..., tuple[Tensor, Any]]) -> Formula:
    """log2 n comparisons for each value that is looked up among n sorted ones."""

    def cost(first: Any, second: Any, *_: Any, **__: Any) -> float:
        edges, values = in_sorted(first, second)
        count = values.numel() if isinstance(values, Tensor) else 1
        return count * log2(max(edges.shape[-1], 2))

    return cost


def histogram(x: Tensor, bins: Any, *_: Any, **__: Any) -> float:
    """One for each element; a search where the bins' edges are given."""
    return x.numel() * (log2(max(bins.numel(), 2)) if isinstance(bins, Tensor) else 1)


def isin(elements: Any, test: Any, **_: Any) -> float:
    """Both are sorted together."""
    count = sum(x.numel() if isinstance(x, Tensor) else 1 for x in (elements, test))
    return count * log2(max(count, 2))


def multinomial(weights: Tensor, count: int, *_: Any, **__: Any) -> float:
    """A running sum, and a search in it for each draw."""
    rows = weights.numel() // max(weights.shape[-1], 1)
    return weights.numel() + rows * count * log2(max(weights.shape[-1], 2))


FORMULAS: dict[str, Formula] = {
    "max_pool2d_with_indices": max_pool(2),
    "max_pool3d_with_indices": max_pool(3),
    "avg_pool1d": average_pool(1),
    "avg_pool2d": average_pool(2),
    "avg_pool3d": average_pool(3),
    "avg_pool2d_backward": average_pool_backward,
    "avg_pool3d_backward": average_pool_backward,
    "adaptive_avg_pool1d": adaptive_pool,
    "_adaptive_avg_pool2d": adaptive_pool,
    "_adaptive_avg_pool3d": adaptive_pool,
    "adaptive_max_pool2d": adaptive_pool,
    "adaptive_max_pool3d": adaptive_pool,
    "_adaptive_avg_pool2d_backward": adaptive_average_pool_backward(2),
    "_adaptive_avg_pool3d_backward": adaptive_average_pool_backward(3),
    "fractional_max_pool2d": fractional_pool,
    "fractional_max_pool3d": fractional_pool,
    "upsample_linear1d": resized(2),
    "upsample_bilinear2d": resized(4),
    "upsample_trilinear3d": resized(8),
    "upsample_bicubic2d": resized(16),
    "upsample_linear1d_backward": resized_backward(2),
    "upsample_bilinear2d_backward": resized_backward(4),
    "upsample_trilinear3d_backward": resized_backward(8),
    "upsample_bicubic2d_backward": resized_backward(16),
    "_upsample_bilinear2d_aa": antialiased(1),
    "_upsample_bicubic2d_aa": antialiased(2),
    "_upsample_bilinear2d_aa_backward": antialiased_backward(1),
    "_upsample_bicubic2d_aa_backward": antialiased_backward(2),
    "grid_sampler_2d": grid_sample(2),
    "grid_sampler_3d": grid_sample(3),
    "grid_sampler_2d_backward": grid_sample_backward(2),
    "grid_sampler_3d_backward": grid_sample_backward(3),
    "affine_grid_generator": affine_grid,
    "_embedding_bag": embedding_bag,
    "_embedding_bag_forward_only": embedding_bag,
    "_embedding_bag_backward": embedding_bag_backward,
    "_embedding_bag_dense_backward": embedding_bag_backward,
    "_embedding_bag_per_sample_weights_backward": bag_weights_backward,
    "native_batch_norm": batch_norm(5),
    "cudnn_batch_norm": batch_norm(5),
    "_native_batch_norm_legit": batch_norm(5),
    "nll_loss_forward": nll,
    "nll_loss2d_forward": nll,
    "nll_loss_backward": nll_backward,
    "nll_loss2d_backward": nll_backward,
    "glu": glu,
    "trace": trace,
    "sort": sort,
    "mode": sort,
    "topk": topk,
    "_unique2": sort_all,
    "unique_dim": unique_rows,
    "_coalesce": coalesce,
    "searchsorted": searched(lambda edges, values: (edges, values)),
    "bucketize": searched(lambda values, edges: (edges, values)),
    "histogram": histogram,
    "isin": isin,
    "multinomial": multinomial,
}

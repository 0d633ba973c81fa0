"""How many elements an operator goes over: what element-wise work, reductions and draws cost.

Here: counting elements, of dense, sparse and complex tensors, and lists of them. A complex element
is two numbers; of a sparse tensor only what is stored counts. Not here: which operators cost so
much (bench.metering.lists), products (bench.metering.products).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import prod
from typing import Any

import torch
from torch import Tensor

Formula = Callable[..., float]
"""FLOPs of one call of an operator, from its own arguments; only shapes and layouts are read."""

STRIDED = torch.strided


def stored(tensor: Tensor) -> int:
    """Elements that a tensor holds, explicit zeros included."""
    if tensor.layout is STRIDED:
        return tensor.numel()
    if tensor.layout is torch.sparse_coo:
        return tensor._values().numel()
    if tensor.layout in COMPRESSED:
        return tensor.values().numel()
    return tensor.numel()


COMPRESSED = (torch.sparse_csr, torch.sparse_csc, torch.sparse_bsr, torch.sparse_bsc)


def numbers(tensor: Tensor) -> int:
    """Numbers that a tensor holds: a complex element is two."""
    return 2 * stored(tensor) if tensor.dtype.is_complex else stored(tensor)


def tensors_of(arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Iterator[Tensor]:
    """The tensors among an operator's arguments, in order."""
    for argument in (*arguments, *keywords.values()):
        if isinstance(argument, Tensor):
            yield argument


def pointwise(*arguments: Any, **keywords: Any) -> float:
    """One for each number of the result, which has the arguments' broadcast shape."""
    shapes, twice = [], 1
    for argument in arguments:
        if isinstance(argument, Tensor):
            if argument.layout is not STRIDED:
                return _pointwise_sparse(*arguments, **keywords)
            if argument.dtype.is_complex:
                twice = 2
            shapes.append(argument.shape)
    if keywords:
        shapes += [a.shape for a in keywords.values() if isinstance(a, Tensor)]
    if not shapes:
        return 0
    first = shapes[0]
    if all(shape == first for shape in shapes):
        return twice * prod(first)
    return twice * int(prod(torch.broadcast_shapes(*shapes)))


def _pointwise_sparse(*arguments: Any, **keywords: Any) -> float:
    """Where both are sparse, a sum goes over what either holds; else over what is stored."""
    tensors = list(tensors_of(arguments, keywords))
    sparse = [numbers(t) for t in tensors if t.layout is not STRIDED]
    return sum(sparse)


def over_first(*arguments: Any, **keywords: Any) -> float:
    """One for each number of the first tensor: a reduction, a scan, adding up a gradient."""
    return numbers(next(tensors_of(arguments, keywords)))


def over_largest(*arguments: Any, **keywords: Any) -> float:
    """One for each number of the largest tensor."""
    return max(numbers(tensor) for tensor in tensors_of(arguments, keywords))


def times(count: float, formula: Formula) -> Formula:
    """So many passes of what one costs."""

    def passes(*arguments: Any, **keywords: Any) -> float:
        return count * formula(*arguments, **keywords)

    return passes


def over_list(first: Any, *_: Any, **__: Any) -> float:
    """One for each number of the first list's tensors, as the operator without `_foreach` has."""
    return sum(numbers(tensor) for tensor in first)


def drawn(*arguments: Any, **keywords: Any) -> float:
    """One for each number that is drawn: of the tensor that is filled, or of the size asked for."""
    if any(True for _ in tensors_of(arguments, keywords)):
        return pointwise(*arguments, **keywords)
    sizes = [a for a in (*arguments, *keywords.values()) if isinstance(a, (list, tuple))]
    return prod(sizes[-1]) if sizes else arguments[0]


def added(_target: Tensor, _where: Any, _index: Any, values: Tensor, *_: Any, **__: Any) -> float:
    """One for each element that is added in, at an index."""
    return numbers(values)


def scattered(_target: Tensor, _dimension: int, index: Tensor, *_: Any, **keywords: Any) -> float:
    """Nothing where elements are moved; one for each where they are reduced."""
    return index.numel() if keywords.get("reduce") else 0


def placed(_target: Tensor, _where: Any, values: Tensor, accumulate: bool = False,
           *_: Any) -> float:  # fmt: skip
    """Nothing where values are moved; one for each where they are added to what is there."""
    return numbers(values) if accumulate else 0

"""What each torch operator costs, in floating-point operations, known before it runs.

Here: finding an operator's cost by its name. It stands on one of the closed lists
(bench.metering.lists) or has a formula (bench.metering.products, linear_algebra, windows,
sequences), each held by a test against a count by hand; what torch composes of other operators is
taken apart; anything else is refused by name, so that no operator is counted by a guess. One
multiply-add is two. How to add an operator: docs/meter.md. Not here: seeing operators
(bench.metering.watch), adding up and stopping (bench.metering.meter).
"""

from __future__ import annotations

from functools import cache
from typing import Any, NoReturn

import torch
from torch._ops import OpOverload

from bench.metering import linear_algebra, lists, products, sequences, windows
from bench.metering.elements import Formula, added, over_list, placed, scattered, times

FREE_NAMESPACES = ("profiler", "prim")
"""Namespaces of marks for the profiler, and of questions about a tensor."""

ACCUMULATING: dict[str, Formula] = {
    "index_add": added,
    "index_reduce": added,
    "scatter_add": added,
    "scatter_reduce": added,
    "scatter": scattered,
    "index_put": placed,
    "_index_put_impl": placed,
    "_unsafe_index_put": placed,
    "_unsafe_masked_index_put_accumulate": added,
    "put": placed,
}

BY_NAME: dict[str, Formula | None] = {
    **lists.listed(),
    **ACCUMULATING,
    **products.FORMULAS,
    **linear_algebra.FORMULAS,
    **windows.FORMULAS,
    **sequences.FORMULAS,
    **{name: times(count, over_list) for name, count in lists.PER_PARAMETER.items()},
}
"""Every operator of torch's own that has a cost, by its functional name; None where it is free."""

OVER_LISTS = frozenset(("max", "norm", "powsum"))
"""What reduces each tensor of a list, beside the element-wise operators."""


class UncountedOperator(Exception):
    """The run called an operator whose cost isn't known; the message says what to do."""


def taken_apart(*_: Any, **__: Any) -> float:
    """Stands for operators that torch composes of others: those are counted."""
    raise AssertionError("an operator that is taken apart has no cost of its own")


def refused(*_: Any, **__: Any) -> float:
    """Stands for operators that have no cost."""
    raise AssertionError("an operator without a cost can't be counted")


@cache
def formula(operator: Any) -> Formula | None:
    """The cost of an operator as a function of its arguments.

    Args:
        operator: an overload such as `torch.ops.aten.mm.default`.
    Returns:
        A function of the operator's own arguments (only shapes and layouts are read); None where
        it is free; `taken_apart` or `refused`.
    """
    if not isinstance(operator, OpOverload):
        return refused  # cond, while_loop and other operators that take functions
    if operator.namespace in FREE_NAMESPACES:
        return None
    name: str = functional_name(operator.overloadpacket.__name__)
    if operator.namespace == "quantized":
        return products.QUANTISED.get(name) or refused
    if operator.namespace != "aten":
        return refused
    if name in BY_NAME:
        return BY_NAME[name]
    if operator.is_view:
        return None
    part = name.removeprefix("_foreach_")
    if part != name and (part in lists.ELEMENTWISE or part in OVER_LISTS):
        return over_list
    if torch._C._dispatch_has_kernel_for_dispatch_key(operator.name(), "CompositeImplicitAutograd"):
        return taken_apart
    return refused


def functional_name(name: str) -> str:
    """An operator's name without the mark of writing in place: `addmm` of `addmm_`."""
    return name[:-1] if name.endswith("_") and not name.endswith("__") else name


def refuse(operator: Any, why: str = "has no counted cost") -> NoReturn:
    """Raises UncountedOperator."""
    raise UncountedOperator(
        f"{operator} {why}: write it in operators that have one (docs/meter.md lists them), or, "
        "where the problem has a meter, state it: `with problem.meter.stated(flops, what):`"
    )

"""Sees torch's operators as they run, and has each booked before it does.

Here: the dispatch mode. It stands below autograd and vmap, so that functional calls, hand-written
loops and backward passes all show, on the thread that entered it. Not here: what an operator costs
(bench.metering.flops), adding up and stopping (bench.metering.meter).
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from bench.metering.flops import formula, refuse, refused, taken_apart


class Watch(TorchDispatchMode):
    """Books each operator, then runs it.

    Args:
        book: called with FLOPs and the operator before it runs; raises to keep it from running.
    """

    supports_higher_order_operators = True  # so that they too come here, to be refused

    def __init__(self, book: Callable[[float, Any], None]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        if "torch._dynamo" in sys.modules:
            keep_the_compiler_off()
        self.book = book
        self.active = True
        self.lenient = False

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """No: torch would load its compiler to keep it off; see `keep_the_compiler_off`."""
        return False

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        keywords = kwargs or {}
        if self.active:
            if types and any(kind is not Tensor for kind in types):
                return NotImplemented  # a tensor of another class: what it is made of comes here
            cost = formula(func)
            if cost is None:
                pass
            elif cost is taken_apart:
                with self:
                    return func.decompose(*args, **keywords)
            elif cost is refused:
                if not self.lenient:
                    refuse(func)
            else:
                try:
                    flops = cost(*args, **keywords)
                except Exception as error:
                    func(*args, **keywords)  # what torch says of such arguments is clearer
                    refuse(func, f"has no counted cost for these arguments ({error})")
                self.book(flops, func)
        return func(*args, **keywords)


@cache
def keep_the_compiler_off() -> None:
    """Have torch's compiler, once it is loaded, run this code and not look into it."""
    seen = torch.compiler.disable(Watch.__torch_dispatch__, recursive=True)
    # mypy forbids assigning any method; this one is the class's own, replaced once, by itself
    Watch.__torch_dispatch__ = seen  # type: ignore[method-assign]

"""Sees torch's operators as they run, and has each booked before it does.

Here: the dispatch mode. It stands below autograd and vmap, so that functional calls, hand-written
loops and backward passes all show, on the thread that entered it. Not here: what an operator costs
(bench.metering.flops), adding up and stopping (bench.metering.meter).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch.utils._python_dispatch import TorchDispatchMode

from bench.metering.flops import formula


class Watch(TorchDispatchMode):
    """Books each operator, then runs it.

    Args:
        book: called with FLOPs and the operator before it runs; raises to keep it from running.
    """

    def __init__(self, book: Callable[[float, Any], None]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.book = book
        self.active = True
        self.lenient = False

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        keywords = kwargs or {}
        if self.active:
            cost = formula(func)
            if cost is not None:
                self.book(cost(*args, **keywords), func)
        return func(*args, **keywords)

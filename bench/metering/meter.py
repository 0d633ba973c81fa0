"""Counts what a run spends, and stops it at its budget.

Here: the meter of one run. FLOPs are counted by a `TorchDispatchMode`, below autograd and vmap, so
that functional calls and hand-written loops all count; bench.metering.flops says what an operator
costs. A run stops before the operator that would cross its budget, at the same operator every time.
Units: FLOPs (a multiply-add is two), examples, trials. Not here: wall time and memory, which the
parent process guards (bench.running.children); what the dispatch mode can't see (scipy, a method's
own threads), which an adapter charges by a stated formula, and which CPU seconds betray.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from torch.utils._python_dispatch import TorchDispatchMode

from bench.metering.budget import Budget
from bench.metering.flops import formula


class BudgetExceeded(Exception):
    """The run was about to spend more than its budget; the message says on what."""


@dataclass
class Measured:
    """What a block cost, known once it has ended."""

    flops: float = 0


class Meter:
    """What one run has spent of its budget.

    Used as a context manager it counts every torch operator of the block, on this thread:

        with meter:
            with meter.phase("statistics"):
                gram = inputs.T @ inputs
    """

    def __init__(self, budget: Budget, phase: str = "method") -> None:
        self.budget = budget
        self.flops_by: dict[str, float] = {}
        self.examples = 0
        self.trials = 0
        self._flops: float = 0
        self._phase = phase
        self._counting: list[_Counter] = []

    @property
    def flops(self) -> float:
        """FLOPs spent so far, in all phases."""
        return self._flops

    def charge(self, flops: float, what: str = "a stated charge") -> None:
        """Spend FLOPs that the dispatch mode doesn't see.

        Args:
            flops: how many.
            what: named in the error.
        Raises:
            BudgetExceeded: they would cross the budget; nothing is spent then.
        """
        if self._flops + flops > self.budget.flops:
            raise BudgetExceeded(
                f"{what} would bring the FLOPs from {self._flops:.4g} to "
                f"{self._flops + flops:.4g}, over the budget of {self.budget.flops:.4g}"
            )
        self._flops += flops
        self.flops_by[self._phase] = self.flops_by.get(self._phase, 0) + flops

    def take_examples(self, count: int) -> None:
        """Spend examples. Raises BudgetExceeded, spending none, where they'd cross the budget."""
        if self.examples + count > self.budget.examples:
            raise BudgetExceeded(
                f"asking for {count} examples would bring them from {self.examples} to "
                f"{self.examples + count}, over the budget of {self.budget.examples}"
            )
        self.examples += count

    def take_trial(self) -> None:
        """Spend one validation. Raises BudgetExceeded where none is left."""
        if self.trials + 1 > self.budget.trials:
            raise BudgetExceeded(
                f"validation number {self.trials + 1} is over the budget of {self.budget.trials}"
            )
        self.trials += 1

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Book what the block spends under that name."""
        before, self._phase = self._phase, name
        try:
            yield
        finally:
            self._phase = before

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Count nothing inside the block: evaluation by the suite, or what `charge` pays for."""
        counters = [c for c in self._counting if c.active]
        for counter in counters:
            counter.active = False
        try:
            yield
        finally:
            for counter in counters:
                counter.active = True

    @contextmanager
    def measure(self) -> Iterator[Measured]:
        """Count the block as usual and tell what it cost.

        A trusted loop measures its first step, then runs the others paused and charges as much
        for each: the dispatch mode costs more than a small network's step.
        """
        measured, before = Measured(), self._flops
        yield measured
        measured.flops = self._flops - before

    def __enter__(self) -> Meter:
        counter = _Counter(self)
        counter.__enter__()  # type: ignore[no-untyped-call]
        self._counting.append(counter)
        return self

    def __exit__(self, *error: Any) -> None:
        self._counting.pop().__exit__(*error)  # type: ignore[no-untyped-call]


class _Counter(TorchDispatchMode):
    """Charges each operator to its meter, then runs it."""

    def __init__(self, meter: Meter) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.meter = meter
        self.active = True

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        keywords = kwargs or {}
        if self.active:
            cost = formula(func)
            if cost is not None:
                flops = cost(*args, **keywords)
                meter = self.meter
                if meter._flops + flops > meter.budget.flops:
                    meter.charge(flops, str(func))
                meter._flops += flops
                phase = meter._phase
                meter.flops_by[phase] = meter.flops_by.get(phase, 0) + flops
        return func(*args, **keywords)

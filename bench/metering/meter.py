"""Counts what a run spends, and stops it at its budget.

Here: the meter of one run, and the narrow handle of it that a method is given. A run stops before
whatever would cross a limit, at the same place every time; a refusal is remembered, so that who
catches it gains nothing. Not here: what torch's operators cost and how they are seen
(bench.metering.flops, bench.metering.watch); wall time and memory, which the parent process guards
(bench.running.children); what no dispatch mode can see (scipy, a method's own threads), which an
adapter charges by a stated formula, and which CPU seconds betray.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from math import inf, isfinite
from typing import Any, NoReturn

from bench.metering.budget import FLOPS, Budget, Counter
from bench.metering.watch import Watch

PHASES, PHASE_LENGTH = 32, 40
"""How many phases a run may name, and how long a name may be."""


class BudgetExceeded(Exception):
    """The run was about to spend more than its budget; the message says on what."""


class WrongAmount(Exception):
    """What was to be spent is no finite number, or negative; the run is invalid."""


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

    Args:
        budget: the limits.
        counters: all that may be spent; FLOPs always may.
        phase: what is booked outside any phase is booked under this name.
    Raises:
        ValueError: the budget limits a counter that isn't there.
    """

    def __init__(
        self, budget: Budget, counters: Sequence[Counter] = (FLOPS,), phase: str = "method"
    ) -> None:
        self.budget = budget
        self.spent: dict[str, float] = {c.name: 0 for c in (FLOPS, *counters)}
        self.flops_by: dict[str, float] = {}
        self.uncharged: dict[str, dict[str, float]] = {}
        self.refused = ""
        self.wrong = ""
        unknown = sorted(set(budget.limits) - set(self.spent))
        if unknown:
            raise ValueError(_undeclared(unknown[0], self.spent))
        self._limits = {name: budget.limit(name) for name in self.spent}
        self._phase = phase
        self._watches: list[Watch] = []

    @property
    def flops(self) -> float:
        """FLOPs spent so far, in all phases."""
        return self.spent[FLOPS.name]

    def left(self, name: str = FLOPS.name) -> float:
        """How much of a counter may still be spent; infinite where it is unbounded.

        Raises:
            ValueError: the suite doesn't declare it.
        """
        self._check_name(name)
        return self._limits[name] - self.spent[name]

    def spend(self, name: str, amount: float, what: str) -> None:
        """Spend of a counter.

        Args:
            name: of a counter that the suite declares.
            amount: finite, not negative.
            what: named in the error.
        Raises:
            BudgetExceeded: it would cross the limit; nothing is spent then.
            WrongAmount: it isn't such an amount; nothing is spent then.
            ValueError: the suite doesn't declare the counter.
        """
        self._check_name(name)
        self._check_amount(name, amount, what)
        before, limit = self.spent[name], self._limits[name]
        if before + amount > limit:
            self.refuse(
                f"{what} would bring the {name} from {before:.4g} to {before + amount:.4g}, over "
                f"the budget of {limit:.4g}"
            )
        self.spent[name] = before + amount
        if name == FLOPS.name:
            self.flops_by[self._phase] = self.flops_by.get(self._phase, 0) + amount

    def charge(self, flops: float, what: str = "a stated charge") -> None:
        """Spend FLOPs that the dispatch mode doesn't see; see `spend`."""
        self.spend(FLOPS.name, flops, what)

    def refuse(self, why: str) -> NoReturn:
        """Stop the run: it may not do what it asks for. Remembered. Raises BudgetExceeded."""
        self.refused = self.refused or why
        raise BudgetExceeded(why)

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Book what the block spends under that name.

        Raises:
            ValueError: the name is empty, long or unprintable, or there are too many.
        """
        if not (isinstance(name, str) and name.isprintable() and 0 < len(name) <= PHASE_LENGTH):
            raise ValueError(f"a phase's name is printable, of 1 to {PHASE_LENGTH} characters")
        if name not in self.flops_by and len(self.flops_by) >= PHASES:
            raise ValueError(f"a run may name at most {PHASES} phases; {name!r} is one more")
        before, self._phase = self._phase, name
        try:
            yield
        finally:
            self._phase = before

    @contextmanager
    def within(self, name: str, amount: float) -> Iterator[None]:
        """A part of the run that may spend no more than so much of a counter, of what is left.

        Raises:
            ValueError: the suite doesn't declare the counter.
        """
        self._check_name(name)
        before = self._limits
        most = min(before[name], self.spent[name] + amount)
        self._limits = {**before, name: most}
        try:
            yield
        finally:
            self._limits = before

    @contextmanager
    def apart(self, name: str, limits: Mapping[str, float]) -> Iterator[None]:
        """What the suite itself wants of the method's work, e.g. predictions.

        It is told under that name beside the run's cost (`uncharged`), and charged to nobody; past
        its own limits the run is over budget all the same.

        Args:
            limits: counter's name -> how much of it all blocks of that name may spend.
        """
        charged = self.spent, self.flops_by, self._limits
        self.spent = self.uncharged.setdefault(name, dict.fromkeys(self.spent, 0.0))
        self.flops_by = {}
        self._limits = {counter: limits.get(counter, inf) for counter in self.spent}
        try:
            yield
        finally:
            self.spent, self.flops_by, self._limits = charged

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Count nothing inside the block: evaluation by the suite, or what `charge` pays for."""
        watches = [watch for watch in self._watches if watch.active]
        for watch in watches:
            watch.active = False
        try:
            yield
        finally:
            for watch in watches:
                watch.active = True

    @contextmanager
    def stated(self, flops: float, what: str) -> Iterator[None]:
        """Charge a stated number of FLOPs for a block that may call uncounted operators.

        Operators that have a cost are counted in it as everywhere.

        Args:
            flops, what: as for `charge`.
        """
        self.charge(flops, what)
        watches = [watch for watch in self._watches if not watch.lenient]
        for watch in watches:
            watch.lenient = True
        try:
            yield
        finally:
            for watch in watches:
                watch.lenient = False

    @contextmanager
    def measure(self) -> Iterator[Measured]:
        """Count the block as usual and tell what it cost.

        A trusted loop measures its first step, then runs the others paused and charges as much
        for each: the dispatch mode costs more than a small network's step.
        """
        measured, before = Measured(), self.flops
        yield measured
        measured.flops = self.flops - before

    def handle(self) -> MethodMeter:
        """What a method may hold of this meter."""
        return MethodMeter(self)

    def __enter__(self) -> Meter:
        watch = Watch(self._book)
        watch.__enter__()  # type: ignore[no-untyped-call]
        self._watches.append(watch)
        return self

    def __exit__(self, *error: Any) -> None:
        self._watches.pop().__exit__(*error)  # type: ignore[no-untyped-call]

    def _book(self, flops: float, operator: Any) -> None:
        """Spend what an operator costs: `spend` for the one counter that is called so often."""
        spent = self.spent
        total = spent["flops"] + flops
        if not total <= self._limits["flops"] or total == inf:
            self.spend(FLOPS.name, flops, str(operator))
        spent["flops"] = total
        by, phase = self.flops_by, self._phase
        by[phase] = by.get(phase, 0) + flops

    def _check_name(self, name: str) -> None:
        if name not in self.spent:
            raise ValueError(_undeclared(name, self.spent))

    def _check_amount(self, name: str, amount: float, what: str) -> None:
        try:
            good = isfinite(self.spent[name] + amount) and amount >= 0
        except (TypeError, ValueError, OverflowError):
            good = False
        if not good:
            why = f"{what} would spend {amount!r} {name}: give a finite number, not negative"
            self.wrong = self.wrong or why
            raise WrongAmount(why)


class MethodMeter:
    """What a method holds of its run's meter: it can spend and ask, and undo nothing.

    A fence, not a wall: Python hides nothing from code in its own process. What a method does past
    its meter, its CPU seconds betray.
    """

    __slots__ = ("_charge", "_left", "_phase", "_stated")

    def __init__(self, meter: Meter) -> None:
        self._charge: Callable[[float, str], None] = meter.charge
        self._left: Callable[[str], float] = meter.left
        self._phase: Callable[[str], AbstractContextManager[None]] = meter.phase
        self._stated: Callable[[float, str], AbstractContextManager[None]] = meter.stated

    def charge(self, flops: float, what: str = "a stated charge") -> None:
        """Spend FLOPs of work that isn't torch's, by a stated formula.

        Args:
            flops: finite, not negative.
            what: named in the error.
        Raises:
            BudgetExceeded: they would cross the budget.
            WrongAmount: they aren't such a number.
        """
        self._charge(flops, what)

    def stated(self, flops: float, what: str) -> AbstractContextManager[None]:
        """A block that may call torch operators without a cost of their own, for so many FLOPs."""
        return self._stated(flops, what)

    def phase(self, name: str) -> AbstractContextManager[None]:
        """A block whose FLOPs are booked under that name."""
        return self._phase(name)

    def left(self, counter: str = FLOPS.name) -> float:
        """How much of a counter may still be spent; infinite where it is unbounded."""
        return self._left(counter)


def _undeclared(name: str, known: dict[str, float]) -> str:
    return (
        f"the suite declares no counter {name!r}; it has {', '.join(known)}. "
        "Add it to the suite's counters."
    )

"""What is counted of a run, and what it may spend.

Here: counters and limits, as plain data. The engine counts floating-point operations itself, under
the name of FLOPS; a suite declares whatever else it counts. Not here: counting
(bench.metering.meter), guarding time and memory (bench.running.children).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf, isfinite

RESERVED = (
    *("seconds", "memory", "cpu_seconds", "peak_memory"),
    *("flops_by", "uncharged", "unmetered"),
)
"""Names that a record's flat cost and budget hold beside the counters'."""


@dataclass(frozen=True, kw_only=True)
class Counter:
    """Something that a suite counts of each run, and may limit.

    Attributes:
        name: its name in budgets, records and tables, e.g. `examples`.
        title: its name on pages, e.g. `Validation calls`.
        unit: `FLOP`, or "" for a plain count.
        meaning: one sentence: what one of it is.
    """

    name: str
    title: str
    unit: str = ""
    meaning: str

    def __post_init__(self) -> None:
        """Raises ValueError where the name would clash with another part of a record."""
        if not self.name.isidentifier() or self.name in RESERVED:
            raise ValueError(
                f"a counter can't be called {self.name!r}: take a word of letters, digits and _ "
                f"that is none of {', '.join(RESERVED)}"
            )


FLOPS = Counter(
    name="flops",
    title="FLOPs",
    unit="FLOP",
    meaning="Floating-point operations of the method itself; a multiply-add is two.",
)
"""The one counter that the engine measures itself; every suite has it."""


@dataclass(frozen=True)
class Budget:
    """The most that one run may spend.

    Attributes:
        limits: counter's name -> how much of it; what isn't named is counted and unbounded.
        seconds: wall time of the job's process, a guard against runaways.
        memory: bytes of resident memory above what the process had at its start, likewise.
    """

    limits: Mapping[str, float] = field(default_factory=dict)
    seconds: float = 60.0
    memory: int = 2 * 1024**3

    def __post_init__(self) -> None:
        """Raises ValueError where a limit is no finite number, or negative."""
        for name, limit in self.as_dict().items():
            if not (isfinite(limit) and limit >= 0):
                raise ValueError(
                    f"the budget's {name} is {limit!r}: give a finite number that isn't negative, "
                    "or leave a counter out to have it unbounded"
                )

    def limit(self, name: str) -> float:
        """How much of a counter may be spent; infinite where it is unbounded."""
        return self.limits.get(name, inf)

    def as_dict(self) -> dict[str, float]:
        """The limits by name, as a record stores them."""
        return {**self.limits, "seconds": self.seconds, "memory": self.memory}

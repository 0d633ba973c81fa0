"""What one run may spend.

Here: the limits as plain data. Units: floating-point operations (one multiply-add is two),
examples, trials, seconds of wall time, bytes. Not here: counting, which is bench.metering.meter's.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Budget:
    """The most that one run may spend.

    Attributes:
        flops: floating-point operations of the method itself; evaluation by the suite is free.
        examples: examples handed out by the task's data handles; the suite says whether repeats
            count (merging charges each example once).
        trials: calls of the task's validation.
        seconds: wall time of the job's process, a guard against runaways.
        memory: bytes of resident memory above what the process had at its start, likewise.
    """

    flops: float
    examples: int = 0
    trials: int = 0
    seconds: float = 60.0
    memory: int = 2 * 1024**3

    def as_dict(self) -> dict[str, float]:
        """The limits by name, as a record stores them."""
        return asdict(self)

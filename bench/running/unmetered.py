"""Whether a run's CPU time is explained by the FLOPs that its meter counted.

Here: the line above which a row is flagged. What no meter sees (a library's own threads, another
process, a busy loop of Python) still takes time, and time is measured from outside. Not here:
measuring it (bench.running.cpu), counting FLOPs (bench.metering).
"""

from __future__ import annotations

from math import isfinite

SLOW = 1e9
"""FLOPs a second of CPU at which time is explained. The slowest methods of today that take longer
than what is free below make 1.8e9 on a core that they share (iso_cts and tsv_m, tuned, at smoke:
many small decompositions); half of that leaves room for slower machines. A run that hides work must
so at least meter a fortieth of it."""

FAST = 4e10
"""FLOPs a second of CPU of the fastest: what unexplained time could have been spent on."""

SHARE = 0.1
"""The part of the budget that unexplained time may be worth at the fastest rate."""

START_SECONDS = 0.5
"""Free besides, whatever the budget: importing the method, handing over its problem, writing its
output, Python between the operators. No run of five tasks at smoke took more than .11 s."""


def free_seconds(budget: float) -> float:
    """CPU seconds of a run that no FLOPs need explain; `budget` is its limit on FLOPs."""
    return START_SECONDS + (SHARE * budget / FAST if isfinite(budget) else 0.0)


def is_unmetered(cpu_seconds: float, flops: float, budget: float) -> bool:
    """Whether that much time is more than that many FLOPs explain."""
    return cpu_seconds - flops / SLOW > free_seconds(budget)

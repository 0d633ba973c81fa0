"""Whether a run's CPU time is explained by the FLOPs that its meter counted.

Here: the line above which a row is flagged. What no meter sees (a library's own threads, another
process, a busy loop of Python) still takes time, and time is measured from outside. Not here:
measuring it (bench.running.cpu), counting FLOPs (bench.metering).
"""

from __future__ import annotations

from math import isfinite

SLOW = 5e9
"""FLOPs a second of CPU: an eighth of what one core does at its best in the methods of today (4e10
to 5e10), and what the slower ones do but for the share below. Time at this rate is explained."""

FAST = 4e10
"""FLOPs a second of CPU of the best: what unexplained time could have been spent on."""

SHARE = 0.1
"""Unexplained time may be worth so much of the budget at the fastest rate."""

START_SECONDS = 0.5
"""Or this much, whatever the budget: importing the method, handing over its problem, writing its
output."""


def free_seconds(budget: float) -> float:
    """CPU seconds of a run that no FLOPs need explain; `budget` is its limit on FLOPs."""
    worth = SHARE * budget / FAST if isfinite(budget) else 0.0
    return max(START_SECONDS, worth)


def is_unmetered(cpu_seconds: float, flops: float, budget: float) -> bool:
    """Whether that much time is more than that many FLOPs explain."""
    return cpu_seconds - flops / SLOW > free_seconds(budget)

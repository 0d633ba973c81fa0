"""A record made again: how it compares to the one that was there before.

Here: the verdict on one pair, and on many. On one kind of machine the digits must be the same; on
another they may differ, as rounding there turns single predictions and a training that starts from
them drifts: then a figure is held against the spread that the cell has over its seeds. Used by
`audit` and by `run --prove`. Not here: what is drawn, and making it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, stdev
from typing import Any

from bench.records.record import Record

IDENTICAL, ALIKE, OUTSIDE, DIFFERENT, NOT_HERE = (
    "identical",
    "alike",
    "outside",
    "different",
    "not here",
)
MEANING = {
    IDENTICAL: "the same status, digits and output",
    ALIKE: "made on another kind of machine; within the cell's spread over seeds",
    OUTSIDE: "made on another kind of machine; outside of the cell's spread over seeds",
    DIFFERENT: "made on the same kind of machine, and not the same",
    NOT_HERE: "its data aren't here, or the machine failed it, so it wasn't made again",
}

LEVEL = 0.99
"""How often a figure drawn anew would lie within its cell's spread."""

KIND_OF_MACHINE = ("cpu", "instructions", "torch", "numpy", "python")
"""What of the provenance decides whether the digits must be the same."""

CHANCE = 0.01
"""More figures outside of their spread than this chance allows are a fault."""


@dataclass(frozen=True)
class Pair:
    """A record and the one made again; `figures` of it were held against a spread."""

    before: Record
    verdict: str
    largest: float | None = None
    reason: str = ""
    figures: int = 0
    outside: int = 0

    def row(self) -> dict[str, Any]:
        """As JSON."""
        r = self.before
        return {
            "key": r.key,
            "suite": r.suite,
            "task": r.task,
            "method": r.method,
            "variant": r.variant,
            "seed": r.seed,
            "verdict": self.verdict,
            "largest": self.largest,
            "reason": self.reason,
        }


def same_machine(before: Record, again: Record) -> bool:
    """Whether two records were made on one kind of processor with the same versions."""
    return all(before.provenance.get(k) == again.provenance.get(k) for k in KIND_OF_MACHINE)


def compare(before: Record, again: Record, cell: Sequence[Record], scored: Iterable[str]) -> Pair:
    """The verdict on one record made again.

    Args:
        cell: the records of the same method, variant and task over all seeds.
        scored: the metrics that are held against the spread.
    """
    if again.status == "infra":
        return Pair(before, NOT_HERE, reason=again.reason)
    names = sorted({*before.metrics, *again.metrics})
    shared = [n for n in names if n in before.metrics and n in again.metrics]
    apart = [
        abs(before.metrics[n] - again.metrics[n]) / max(1.0, abs(before.metrics[n])) for n in shared
    ]
    largest = max(apart, default=0.0)
    same_output = not (before.output and again.output) or before.output == again.output
    if before.status == again.status and before.metrics == again.metrics and same_output:
        return Pair(before, IDENTICAL, 0.0)
    became = again.status + (f": {again.reason}" if again.reason else "")
    if same_machine(before, again):
        return Pair(before, DIFFERENT, largest, f"{before.status}, then {became}")
    figures = [name for name in scored if name in shared]
    outside = sum(
        abs(again.metrics[name] - before.metrics[name]) > spread([r.metrics[name] for r in cell])
        for name in figures
    )
    if before.status != again.status or outside:
        reason = f"{outside} of {len(figures)} figures, {before.status} then {became}"
        return Pair(before, OUTSIDE, largest, reason, len(figures), max(outside, 1))
    return Pair(before, ALIKE, largest, "", len(figures), 0)


def spread(values: Sequence[float]) -> float:
    """Half the width within which a figure drawn anew lies LEVEL of the time, by Student's t.

    Args:
        values: the figure at each seed; fewer than two say nothing: infinite.
    """
    from scipy.stats import t

    count = len(values)
    if count < 2:
        return float("inf")
    quantile = float(t.ppf(0.5 + LEVEL / 2, count - 1))
    return quantile * stdev(values) * sqrt(1 + 1 / count) + 1e-6 * abs(fmean(values))


def at_fault(pairs: Sequence[Pair]) -> str:
    """Why the pairs taken together are no coincidence; "" where they may be one."""
    different = sum(pair.verdict == DIFFERENT for pair in pairs)
    if different:
        return f"{different} came out differently on the same kind of machine"
    if pairs and all(pair.verdict == NOT_HERE for pair in pairs):
        return "none of them could be made again here"
    from scipy.stats import binom

    figures = sum(pair.figures for pair in pairs)
    outside = sum(pair.outside for pair in pairs)
    if outside and binom.sf(outside - 1, max(figures, outside), 1 - LEVEL) < CHANCE:
        return (
            f"{outside} of {figures} figures lie outside of their spread over seeds, more than "
            "chance allows"
        )
    return ""


def sentence(pairs: Sequence[Pair], served: int) -> str:
    """What was made again and how it came out, in one sentence."""
    counts = {verdict: sum(pair.verdict == verdict for pair in pairs) for verdict in MEANING}
    counted = ", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count)
    return f"{len(pairs)} of {served} published runs were made again here: {counted or 'none'}."


def cells(records: Iterable[Record]) -> Mapping[tuple[object, ...], list[Record]]:
    """Records by suite, task, tier, method and variant: one cell's over its seeds."""
    by_cell: dict[tuple[object, ...], list[Record]] = {}
    for record in records:
        if record.status == "ok":
            by_cell.setdefault(record.place[:-1], []).append(record)
    return by_cell

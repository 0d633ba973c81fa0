"""Which runs show that one state of the code answers as another: the sample of `carry`.

Here: what differs between two states of the code, which runs that can touch, and a stratified
sample of them. Both states are read from what `python -m bench plan --json` prints, each with its
own code. Not here: making the runs and comparing them (commands.carry).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from bench.records.digest import SHORT, digest
from bench.records.links import LinkedPart

Cell = tuple[str, str, str, str, int]
"""Suite, task, method, variant, seed."""

Planned = Mapping[str, Any]
"""One run of `plan --json`."""

LEVELS = ("quick", "whole")


class CarryError(Exception):
    """Nothing can be carried; the message says why and what to do."""


class NotComparable(CarryError):
    """The two states weren't asked the same; the message says what differs and what to do."""


@dataclass(frozen=True)
class CodeDifference:
    """What differs between two states of the code.

    Attributes:
        parts: what was replaced.
        touched: the cells that it can touch, with their runs in the new state.
    """

    parts: tuple[LinkedPart, ...]
    touched: Mapping[Cell, Planned]


def cell_of(run: Planned) -> Cell:
    """Which cell a planned run is of."""
    return (run["suite"], run["task"], run["method"], run["variant"], run["seed"])


def code_difference(old: Mapping[str, Any], new: Mapping[str, Any]) -> CodeDifference:
    """What differs between two plans of the same selection.

    Raises:
        NotComparable: the same cells aren't asked the same, or versions differ.
    """
    before = {cell_of(run): run for run in old["runs"]}
    parts: dict[LinkedPart, None] = {}
    touched: dict[Cell, Planned] = {}
    for run in new["runs"]:
        cell = cell_of(run)
        if cell not in before:
            continue  # a new method or task has nothing to carry
        then = before[cell]
        _check_comparable(then, run)
        replaced = _parts(then, run)
        parts |= dict.fromkeys(replaced)
        if replaced:
            touched[cell] = run
    return CodeDifference(tuple(parts), touched)


def _check_comparable(then: Planned, now: Planned) -> None:
    where = f"{now['suite']} {now['task']} {now['method']} ({now['variant']})"
    asked = _differing(now["identity"], then["identity"])
    if asked:
        raise NotComparable(
            f"{where}: {', '.join(asked)} differ, so the two states aren't asked the same and "
            "nothing can be carried. Run it again: python -m bench run."
        )
    versions = then["code"]["versions"], now["code"]["versions"]
    moved = [name for name in _differing(*versions) if name in versions[0] and name in versions[1]]
    if moved:
        raise NotComparable(
            f"{where}: the versions of {', '.join(moved)} differ. carry compares two states of the "
            "code in one environment."
        )


def _differing(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    return sorted(name for name in {*then, *now} if then.get(name) != now.get(name))


def _parts(then: Planned, now: Planned) -> list[LinkedPart]:
    suite, method = now["suite"], now["method"]
    pairs = [
        (
            "method",
            f"{suite}/{method}",
            digest(then["code"]["method"], SHORT),
            digest(now["code"]["method"], SHORT),
        ),
        ("harness", suite, then["code"]["harness"], now["code"]["harness"]),
        ("engine", "", then["code"]["engine"], now["code"]["engine"]),
        *(
            ("builder", suite, then["builders"][builder], closure)
            for builder, closure in now["builders"].items()
            if builder in then["builders"]
        ),
    ]
    return [LinkedPart(*pair) for pair in pairs if pair[2] != pair[3]]


def stratified(
    touched: Mapping[Cell, Planned], level: str, salt: str, always: Iterable[Cell] = ()
) -> tuple[list[Cell], dict[str, list[int]]]:
    """A sample of cells: one of each stratum, and some that are always in it.

    Args:
        touched: the cells to draw from.
        level: `whole`, where each method and variant on each task is a stratum, or `quick`, where
            each method and variant is, and each task: of those the quickest cell.
        salt: what the drawing depends on.
        always: cells that are in the sample if they are among the touched ones.
    Returns:
        The cells, sorted, and for each suite [drawn, of how many].
    """
    strata: dict[tuple[str, ...], list[Cell]] = {}
    for cell in touched:
        suite, task, method, variant, _ = cell
        whole = [("cell", suite, task, method, variant)]
        quick = [("method", suite, method, variant), ("task", suite, task)]
        for stratum in whole if level == "whole" else quick:
            strata.setdefault(stratum, []).append(cell)

    def drawn(cell: Cell) -> tuple[float, str]:
        seconds = touched[cell]["seconds"] if level == "quick" else 0.0
        # One seed for all of a task: its assets are built once.
        draw = sha256(f"{salt}/{cell[0]}/{cell[1]}/{cell[4]}".encode()).hexdigest()
        return seconds, draw

    chosen = {min(cells, key=drawn) for cells in strata.values()}
    chosen |= set(always) & set(touched)
    counts: dict[str, list[int]] = {}
    for cell in touched:
        count = counts.setdefault(cell[0], [0, 0])
        count[0] += cell in chosen
        count[1] += 1
    return sorted(chosen), counts


def functions_to_watch(files: Iterable[tuple[str, Sequence[str]]]) -> list[str]:
    """`file:function` for each changed function of each file."""
    return [f"{file}:{function}" for file, functions in files for function in functions]

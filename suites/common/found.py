"""What records show of a statement, in the words of a sentence.

Here: a figure with its interval, its verdict, the sentence around them, how numbers are written in
notes, and the file that keeps the figures. Not here: a suite's statements, or how it computes their
figures.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

FIGURES = ("value", "margin", "seeds")
"""The columns of a file after those that tell a statement from all others."""


@dataclass(frozen=True)
class Found:
    """A statement's figure, the mean over seeds, and half the width of its 95% interval."""

    value: float
    margin: float
    seeds: int

    @property
    def low(self) -> float:
        """The interval's lower end."""
        return self.value - self.margin

    @property
    def high(self) -> float:
        """The interval's upper end."""
        return self.value + self.margin

    def verdict(self, above: str, below: str, neither: str) -> str:
        """Which of them the interval says."""
        if self.low > 0:
            return above
        return below if self.high < 0 else neither

    def shown(self, *, signed: bool) -> str:
        """The figure and its interval, e.g. `+.05 (95%: -.03 to .13)`."""
        value = _signed(self.value) if signed else _number(self.value)
        return f"{value} (95%: {_number(self.low)} to {_number(self.high)})"


class Statement(Protocol):
    """A figure of one row, or of how far it is above another's, and the words around it.

    Attributes:
        task: whose.
        where: what tells it from all others.
        says: what is measured, in words; or with `source`, what a paper claims.
        second: the row that it is held against; "" where the figure is the first's own.
        source: authors and year of a published claim that first is above second; "" for none.
    """

    @property
    def task(self) -> str: ...
    @property
    def where(self) -> tuple[str, ...]: ...
    @property
    def says(self) -> str: ...
    @property
    def second(self) -> str: ...
    @property
    def source(self) -> str: ...


Known = TypeVar("Known", bound=Statement)


def sentence(statement: Statement, figure: str, found: Found, by: str = "") -> str:
    """A statement with its figure and what it shows.

    Args:
        figure: in words.
        by: what a claim was looked into with, beside its seeds, e.g. `the largest budget and `.
    """
    value = f"{figure} {found.shown(signed=bool(statement.second))}"
    if not statement.second:
        return f"{statement.says}: {value}."
    if statement.source:
        shown = found.verdict("it shows", "the opposite shows", "it doesn't show")
        return (
            f"Claim: {lowered(statement.says)} ({statement.source}). Here, with {by}{found.seeds} "
            f"seeds, {shown}: {value}."
        )
    shown = found.verdict("above", "below", "not told apart")
    return f"{statement.says}: {shown}, {value}."


def notes(
    statements: Iterable[Known],
    task: str,
    found: Mapping[tuple[str, ...], Found],
    sentence_of: Callable[[Known, Found], str],
) -> tuple[str, ...]:
    """The sentences of a task, of which something was found."""
    return tuple(
        sentence_of(statement, found[statement.where])
        for statement in statements
        if statement.task == task and statement.where in found
    )


def read(path: Path, where: Sequence[str]) -> dict[tuple[str, ...], Found]:
    """What was found of each statement; nothing where the file isn't there yet.

    Args:
        where: the columns that tell a statement from all others, which are the keys.
    """
    if not path.exists():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        return {
            tuple(row[column] for column in where): Found(
                float(row["value"]), float(row["margin"]), int(row["seeds"])
            )
            for row in csv.DictReader(file)
        }


def write(path: Path, where: Sequence[str], found: Mapping[tuple[str, ...], Found]) -> None:
    """Keep what was found, a row a statement; arguments as of `read`."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow((*where, *FIGURES))
        for place, one in found.items():
            writer.writerow((*place, f"{one.value:.4f}", f"{one.margin:.4f}", one.seeds))


def lowered(text: str) -> str:
    """A sentence's beginning within another; a name keeps its capitals."""
    first, _, rest = text.partition(" ")
    return f"{first.lower() if first.istitle() else first} {rest}"


def _number(value: float) -> str:
    """Two decimals without the zero before them, as tables of fractions have them."""
    return (
        f"{round(value, 2) + 0.0:.2f}".replace("0.", ".", 1) if abs(value) < 1 else f"{value:.2f}"
    )


def _signed(value: float) -> str:
    if abs(value) >= 1:
        return f"{value:+.2f}"
    return f"{round(value, 2) + 0.0:+.2f}".replace("0.", ".", 1)

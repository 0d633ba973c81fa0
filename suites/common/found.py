"""What records show of a statement, in the words of a sentence.

Here: a figure with its interval, its verdict, and how numbers are written in notes. Not here: a
suite's statements, or how it computes their figures.
"""

from __future__ import annotations

from dataclasses import dataclass


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

"""The grid of a compositional task: which cells there are, and which are held in.

Here: plain data read from a task's settings. A cell is a pair (group of classes, style); expert i
was trained on `held_in[i]`. Images and states are listed in these orders everywhere. Not here:
the images themselves (suites.merging.compose.cells).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Layout:
    """The grid of a task.

    Attributes:
        classes: the classes of each group, as numbers of the head's outputs.
        styles: names of the grid's styles.
        held_in: each expert's cell, (group, style) by number.
        every: of the cells that no expert was trained on every so many-th is asked, from the first.
    """

    classes: tuple[tuple[int, ...], ...]
    styles: tuple[str, ...]
    held_in: tuple[tuple[int, int], ...]
    every: int = 1

    @property
    def cells(self) -> tuple[tuple[int, int], ...]:
        """Every cell that is asked, group by group."""
        asked = {*self.held_in, *self.held_out}
        return tuple(cell for cell in self._all if cell in asked)

    @property
    def held_out(self) -> tuple[tuple[int, int], ...]:
        """The cells that are asked and that no expert was trained on."""
        return tuple(cell for cell in self._all if cell not in self.held_in)[:: self.every]

    @property
    def _all(self) -> tuple[tuple[int, int], ...]:
        return tuple((g, s) for g in range(len(self.classes)) for s in range(len(self.styles)))

    @property
    def outputs(self) -> int:
        """How many classes the head tells apart."""
        return sum(len(group) for group in self.classes)

    def experts_of(self, group: int) -> tuple[int, ...]:
        """Numbers of the experts that were trained on that group of classes."""
        return tuple(i for i, (held, _style) in enumerate(self.held_in) if held == group)


def layout(images: Mapping[str, Any]) -> Layout:
    """The grid that the `images` part of a task's settings describes."""
    count, each = images["groups"], images["classes"]
    return Layout(
        tuple(tuple(range(g * each, (g + 1) * each)) for g in range(count)),
        tuple(images["styles"]),
        tuple((group, style) for group, style in images["held_in"]),
        images.get("held_out_every", 1),
    )

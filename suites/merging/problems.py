"""The problems of one run: which grids a method is called on, and what their figures make together.

Here: the choice among the ways of making several problems of a task, by the setting that asks for
one (`prefixes`, `distances`, `pairs`, `periods`, `sweep`, `mixture`), and the protocol that each
way follows; without such a setting a run has one problem, the whole grid of a compositional task.
Not here: the ways themselves (suites.merging.scaling.prefixes, suites.merging.eight.distances,
suites.merging.rebasin.pairs, suites.merging.time.periods, suites.merging.soup.grid,
suites.merging.mixture.cells), running a method and measuring it on a grid
(suites.merging.harness).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from bench.contract.job import Assets, Scores
from suites.merging.compose.grid import load_grid
from suites.merging.eight import distances
from suites.merging.grid import GridPart
from suites.merging.mixture import cells
from suites.merging.rebasin import pairs
from suites.merging.scaling import prefixes
from suites.merging.soup import grid as soup
from suites.merging.time import periods


class SeveralProblems(Protocol):
    """A way of making several problems of a task: a module with these two functions."""

    def load_parts(self, assets: Assets, settings: Mapping[str, Any], seed: int) -> list[GridPart]:
        """The problems, in the order in which a method is called on them.

        Args:
            assets: the run's.
            settings: the task's at its tier.
            seed: of the task.
        """

    def combine(self, measured: Sequence[tuple[GridPart, Scores]]) -> dict[str, float]:
        """A run's metrics from each problem's own figures (see suites.merging.harness)."""


WAYS: Mapping[str, SeveralProblems] = {
    "prefixes": prefixes,
    "distances": distances,
    "pairs": pairs,
    "periods": periods,
    "sweep": soup,
    "mixture": cells,
}
"""Each way by the setting that asks for it."""


def way_of(settings: Mapping[str, Any]) -> SeveralProblems | None:
    """How a task has several problems; None where it has one."""
    return next((way for setting, way in WAYS.items() if setting in settings), None)


def load_parts(assets: Assets, settings: Mapping[str, Any], seed: int) -> list[GridPart]:
    """The problems that a method is called on, one after the other; see SeveralProblems."""
    way = way_of(settings)
    if way is None:
        return [GridPart("", load_grid(assets), assets)]
    return way.load_parts(assets, settings, seed)

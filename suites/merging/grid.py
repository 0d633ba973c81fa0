"""A task's grid as the harness sees it: cells, experts and data.

Here: its form, which all tasks share: what is left of a task when its data, networks and training
are done. Not here: reading it from a run's assets (suites.merging.compose.grid,
suites.merging.eight.distances), which grids a run has (suites.merging.problems), what a method is
given of them (suites.merging.problem).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor, nn

from bench.contract.job import Assets
from suites.merging.evaluation import Examples
from suites.merging.problem import Merged
from suites.merging.routing import Routing
from suites.merging.vectors import State


@dataclass(frozen=True)
class GridCell:
    """One cell: a group of classes in one style.

    Attributes:
        group: its number.
        style: its name; of a set of images that no style was put on, the set's.
        held_in: whether an expert was trained on this cell.
        experts: numbers of the experts that answer for it where the group is known: its own
            where it is held in, else all that know the group's classes; all experts where none
            does, as in a part of a grid (suites.merging.scaling.prefixes).
        classes: the group's classes, shape (classes,), int64, increasing.
    """

    group: int
    style: str
    held_in: bool
    experts: tuple[int, ...]
    classes: Tensor


@dataclass(frozen=True)
class Grid:
    """Everything about a run's task but its hyperparameters.

    Attributes:
        model: the template, with the frozen parameters in it.
        experts, pretrained: states of what fine-tuning changes.
        calibration, validation: for each expert, examples of its own cell.
        cells: all cells, in the order of everything that is listed by cell.
        test_inputs: for each cell, shape (examples, ...).
        test_labels: for each cell, shape (examples,); empty where they are withheld.
        expert_accuracies: for each cell the mean of its experts'; empty where withheld.
        outputs: how many classes the network tells apart.
        frozen: how many parameters the template adds to a state.
        fisher_examples: the most of an expert's examples that Fisher information is taken on;
            None for no such limit.
        routing: the router of a mixture whose experts these are.
        stored: how many numbers hold a list of states, where that isn't all that they have.
    """

    model: nn.Module
    experts: list[State]
    pretrained: State | None
    calibration: Sequence[Examples]
    validation: Sequence[Examples]
    cells: Sequence[GridCell]
    test_inputs: Sequence[Tensor]
    test_labels: Sequence[Tensor]
    expert_accuracies: Sequence[float]
    outputs: int
    frozen: int
    fisher_examples: int | None = None
    routing: Routing | None = None
    stored: Callable[[Sequence[State]], int] | None = None

    @property
    def questions(self) -> list[tuple[int, int]]:
        """(cell, expert) for every cell and each expert that answers for it, cell by cell."""
        return [(i, expert) for i, cell in enumerate(self.cells) for expert in cell.experts]


@dataclass(frozen=True)
class GridPart:
    """One problem of a run: a grid, and what tells it from the run's others.

    Attributes:
        name: e.g. `order 0, 4 experts`; "" where a run has one problem.
        grid: of this problem's experts alone.
        assets: the run's, under the names that a single problem's have.
        where: the same as JSON values, for the run's details, e.g. {"order": 0, "experts": 4}.
        further: what else is measured here of what a method returned, in the scorer's process:
            metrics, and details for the problem's row; by default nothing.
    """

    name: str
    grid: Grid
    assets: Assets
    where: Mapping[str, Any] = field(default_factory=dict)
    further: Callable[[Merged | Tensor], tuple[dict[str, float], dict[str, Any]]] | None = None

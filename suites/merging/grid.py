"""A task's grid as the harness sees it: cells, experts and data, read from the run's assets.

Here: which cell is held in, which experts know its classes, and the tensors of each. The grid is
what is left of a task when its data, networks and training are done. Not here: making them
(suites.merging.cells, suites.merging.compose), which grids a run has (suites.merging.problems),
what a method is given of them (suites.merging.problem).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from bench.contract.job import Assets, Output
from suites.merging.cells import grid_of, read, to_float
from suites.merging.compose import backbone, expert_state, head, template
from suites.merging.evaluation import Examples
from suites.merging.vectors import State, count_weights


@dataclass(frozen=True)
class GridCell:
    """One cell: a group of classes in one style.

    Attributes:
        group: its number.
        style: its name; of a set of images that no style was put on, the set's.
        held_in: whether an expert was trained on this cell.
        experts: numbers of the experts that answer for it where the group is known: its own
            where it is held in, else all that know the group's classes; all experts where none
            does, as in a part of a grid (suites.merging.prefixes).
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
    """

    name: str
    grid: Grid
    assets: Assets
    where: Mapping[str, Any] = field(default_factory=dict)


def load_grid(assets: Assets) -> Grid:
    """Read a run's assets.

    Args:
        assets: `examples`, `test_inputs`, `pretrained`, `experts`, and in the scorer's process
            `answers` and `answers_experts`.
    """
    layout = grid_of(assets["examples"])
    classes = [torch.tensor(group) for group in layout.classes]
    experts = range(len(layout.held_in))

    def examples(split: str, expert: int) -> Examples:
        inputs, labels = read(assets["examples"], split, expert)
        return Examples(inputs, classes[layout.held_in[expert][0]], labels)

    cells = []
    for group, style in layout.cells:
        own = tuple(i for i in experts if layout.held_in[i] == (group, style))
        answering = own or layout.experts_of(group)
        cells.append(GridCell(group, layout.styles[style], bool(own), answering, classes[group]))
    withheld = Output({"labels": torch.empty(0, 0)}, {"accuracies": []})
    return Grid(
        model=template(assets["pretrained"]),
        experts=[expert_state(assets["experts"], i) for i in experts],
        pretrained=backbone(assets["pretrained"].tensors),
        calibration=[examples("calibration", i) for i in experts],
        validation=[examples("validation", i) for i in experts],
        cells=cells,
        test_inputs=list(to_float(assets["test_inputs"].tensors["images"])),
        test_labels=list(assets.get("answers", withheld).tensors["labels"]),
        expert_accuracies=assets.get("answers_experts", withheld).data["accuracies"],
        outputs=layout.outputs,
        frozen=count_weights(head(assets["pretrained"].tensors)),
    )

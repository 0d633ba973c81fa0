"""A compositional task's grid, read from a run's assets.

Here: which cell is held in, and which experts know its classes. Not here: making the assets
(suites.merging.compose.cells, suites.merging.compose.networks), the grid's form
(suites.merging.grid).
"""

from __future__ import annotations

import torch

from bench.contract.job import Assets, Output
from suites.merging.compose.cells import grid_of
from suites.merging.compose.networks import template
from suites.merging.evaluation import Examples
from suites.merging.grid import Grid, GridCell
from suites.merging.stored import backbone, expert_state, head, read, to_float
from suites.merging.vectors import count_weights


def load_grid(assets: Assets) -> Grid:
    """A run's grid, read from its assets.

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

"""Shows what the settings of `experts-moe` lead to: its references.

    python -m suites.merging.mixture.pilot [--seed 0]... [--set training.balance=0.05]...

Builds every asset in this process, and prints the seconds it took, the test accuracies (percent) of
floor and ceiling, the room between floor and ceiling, and how many test images each
expert has. Settings are chosen by these rows, never by a method's. Not here: methods.
"""

from __future__ import annotations

import time

from bench.contract.job import Scores
from suites.merging.compose.pilot import asked_of, build
from suites.merging.grid import GridPart
from suites.merging.harness import cell_accuracies, grid_metrics
from suites.merging.mixture.cells import combine, load_parts
from suites.merging.mixture.task import EXPERTS_MOE
from suites.merging.problem import Merged
from suites.merging.references import midpoint, mixture


def measure(part: GridPart, merged: Merged) -> float:
    """Accuracy on all test images, as a run of the task has it."""
    own, among_all = cell_accuracies(part.grid, merged)
    cells = [{"accuracy": accuracy} for accuracy in own]
    metrics = grid_metrics(part.grid, own, among_all)
    return combine([(part, Scores(metrics=metrics, details={"cells": cells}, cost={}))])["accuracy"]


def main() -> None:
    """Read the arguments, build, print."""
    asked = asked_of(EXPERTS_MOE)
    for seed in asked.seeds:
        begin = time.process_time()
        built, _seconds = build(asked.task, asked.tier, seed)
        took = time.process_time() - begin
        (part,) = load_parts(built, asked.task.settings[asked.tier], seed)
        floor = 100 * measure(part, midpoint(part.grid, built))
        ceiling = 100 * measure(part, mixture(part.grid, built))
        sizes = sorted(len(inputs) for inputs in part.grid.test_inputs)
        print(
            f"seed {seed}  {took:4.1f} s  midpoint {floor:4.1f}  mixture {ceiling:4.1f}  "
            f"room {ceiling - floor:4.1f}  images {sizes}",
            flush=True,
        )


if __name__ == "__main__":
    main()

"""Why AdaMerging loses to its own start on some tasks: what lower entropy does to the answers.

    python -m tests.crosscheck.adamerging_entropy [--task compose-fashion] [--seed 0]

For some numbers of steps at the method's defaults: accuracy held-in and held-out, the mean entropy
that is lowered, the entropy of a cell's mean answer, and the share of a cell's images that get its
most frequent answer. Where entropy falls because answers become sure, the last two stay; where one
class swallows the others, the mean answer's entropy falls too, and that share grows. Only for the
compositional tasks. Looks at test labels, as an explanation; nothing is chosen by it.
"""

from __future__ import annotations

import argparse
from statistics import fmean

import torch
from torch import Generator

from bench.catalogue.registry import catalogue
from bench.contract.job import Output
from methods.merging.adamerging import learn_coefficients
from suites.merging.compose.grid import load_grid
from suites.merging.compose.pilot import build
from suites.merging.evaluation import logits
from suites.merging.grid import Grid
from suites.merging.harness import cell_accuracies
from suites.merging.pools import IMPOSSIBLE, Pool, batches, entropy, scored_pool
from suites.merging.problem import MergingProblem
from suites.merging.tasks import TASKS
from suites.merging.vectors import State

STEPS = (0, 25, 100, 300)
WIDTHS = (7, 8, 7, 18, 13)
"""Of the printed figures."""


def problem_of(grid: Grid) -> MergingProblem:
    """What the method is given."""
    return MergingProblem(
        grid.model,
        grid.experts,
        pretrained=grid.pretrained,
        test_inputs=grid.test_inputs,
        test_classes=[cell.classes for cell in grid.cells],
        needs=("pretrained", "test_inputs", "gradients"),
    )


def figures(grid: Grid, pool: Pool, state: State) -> list[float]:
    """Held-in and held-out accuracy, entropy, the mean answer's, and the commonest one's share."""
    cells, _unmasked = cell_accuracies(grid, state)
    accuracies = [
        fmean(a for a, cell in zip(cells, grid.cells, strict=True) if cell.held_in is held_in)
        for held_in in (True, False)
    ]
    with torch.no_grad():
        scores = logits(grid.model, state, pool.inputs).masked_fill(~pool.allowed, IMPOSSIBLE)
    means, shares = [], []
    for own in scores.split([len(inputs) for inputs in grid.test_inputs]):
        mean = own.softmax(1).mean(0)
        means.append(float(-torch.xlogy(mean, mean).sum()))
        shares.append(float(own.argmax(1).bincount().max()) / len(own))
    return [*accuracies, float(entropy(scores)), fmean(means), fmean(shares)]


def main() -> None:
    """Print a line for each number of steps."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--task", default="compose-fashion")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    task = next(task for task in TASKS if task.name == asked.task)
    assets: dict[str, Output] = build(task, "small", asked.seed)[0]
    grid = load_grid(assets)
    problem = problem_of(grid)
    defaults = catalogue().methods["merging"]["adamerging"].params
    pool = scored_pool(problem)
    print("steps  held-in  held-out  entropy  of the mean answer  most frequent")
    for steps in STEPS:
        drawn = batches(pool, defaults["images"], Generator().manual_seed(asked.seed))
        state = learn_coefficients(
            problem, drawn, start=defaults["start"], rate=defaults["rate"], steps=steps
        )
        found = figures(grid, pool, state)
        cells = (f"{figure:{width}.3f}" for figure, width in zip(found, WIDTHS, strict=True))
        print(f"{steps:5}", *cells, sep="  ")


if __name__ == "__main__":
    main()

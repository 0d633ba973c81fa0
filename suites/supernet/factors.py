"""What BatchNorm's statistics and the recipe do to a supernet's ranking.

    python -m suites.supernet.factors                             every task, as in the tier small
    python -m suites.supernet.factors --task pooling --seeds 2    one of them, from two seeds
    python -m suites.supernet.factors --passes 600 --architectures 64     quickly, few of each list

Trains SPOS (a uniform path a step) with AdamW or SGD, with and without warm-up and clipping, and
scores each supernet three times: by the batch's own statistics, by statistics measured anew for
each architecture, and by the averages that all paths share. Prints Kendall's tau against the
truth's mean accuracy for each list, its mean and standard deviation over seeds. It is the question
of Yu, Ranftl, Salzmann (How to train your super-net, https://arxiv.org/abs/2003.04276), asked of
these spaces.

While a supernet trains, a batch is normalised by itself whatever it is scored by, so one training
serves the three. No row of a table comes from here: rows are trained as the tasks say. Not here:
the methods (methods/supernet).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from statistics import fmean, stdev
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from bench.catalogue.modules import ROOT
from bench.metering.budget import Budget
from bench.metering.meter import Meter
from bench.records.assets import shipped_file
from suites.common.draws import generator
from suites.supernet.counters import COUNTERS
from suites.supernet.evaluation import evaluate
from suites.supernet.measures import mean_truth, tau
from suites.supernet.network import Normalise
from suites.supernet.networks import small
from suites.supernet.normalisation import RunningStatistics, batch_statistics, recalibrated
from suites.supernet.optimiser import Updates
from suites.supernet.overlay import overlay
from suites.supernet.problem import SupernetProblem
from suites.supernet.spaces import find
from suites.supernet.spaces.space import Rows
from suites.supernet.tasks import SMALL_BUDGETS, TASKS
from suites.supernet.training import train
from suites.supernet.truth.shipped import TABLES
from suites.supernet.truth.table import read

ADAMW = Updates()
SGD = replace(ADAMW, kind="sgd", rate=0.05, decay=2.5e-4)
"""Single Path One-Shot's on NAS-Bench-201."""

RECIPES = {
    name + change: changed
    for name, base in {"AdamW": ADAMW, "SGD": SGD}.items()
    for change, changed in {
        "": base,
        ", no warm-up": replace(base, warm_up=0),
        ", no clipping": replace(base, clip=0.0),
    }.items()
}
"""By the name that is printed."""

STATISTICS = ("batch", "recalibrated", "running")

RECALIBRATION = 8
"""Batches of training images on which an architecture's statistics are measured anew."""

TRAINED = tuple(task.name for task in TASKS if task.name in TABLES)
"""Tasks whose networks are trained here."""


@dataclass(frozen=True)
class Cell:
    """One training, scored in every way.

    Attributes:
        task, recipe: by their names.
        passes: the budget.
        seed: of weights, paths and batches.
        architectures: how many of each list's first are ranked; None for all.
    """

    task: str
    recipe: str
    passes: int
    seed: int
    architectures: int | None


def taus(cell: Cell) -> dict[tuple[str, str], float]:
    """Kendall's tau by list and statistics."""
    torch.set_num_threads(1)
    table = read(shipped_file(TABLES[cell.task], ROOT))
    problem, averages = problem_of(cell), RunningStatistics()
    weights = trained(problem, averages.training)
    found = {}
    for name, numbers in table.lists.items():
        ranked = numbers[: cell.architectures]
        true = mean_truth(table.measures["test_accuracy"][ranked])
        scores = scored(problem, weights, averages, table.architectures[ranked])
        for statistics, predicted in scores.items():
            found[name, statistics] = tau(predicted, true) or 0.0
    return found


def problem_of(cell: Cell) -> SupernetProblem:
    """What is trained on, with the budget and the recipe."""
    network, updates = small(cell.task), RECIPES[cell.recipe]
    pass_flops = network.pass_flops(updates.batch)
    return SupernetProblem(
        space=find(cell.task),
        architectures=np.empty((0, network.space.places), dtype=np.int8),
        passes=cell.passes,
        generator=generator(cell.seed, f"supernet/factors/{cell.task}"),
        updates=updates,
        needs=("images", "budget"),
        _meter=Meter(Budget({"flops": cell.passes * pass_flops}), COUNTERS),
        _pass_flops=pass_flops,
        _network=network,
        _training=overlay("training"),
        _validation=overlay("validation"),
    )


def trained(problem: SupernetProblem, normalise: Normalise) -> dict[str, Tensor]:
    """SPOS's weights, with all of the problem's budget."""
    network, generator = problem.network, problem.generator
    weights = network.weights(generator)
    train(problem, weights, lambda: network.sample(generator, 1), normalise=normalise)
    return weights


def scored(
    problem: SupernetProblem,
    weights: Mapping[str, Tensor],
    averages: RunningStatistics,
    rows: Rows,
) -> dict[str, NDArray[np.float64]]:
    """Minus the validation loss of each architecture, by each of the statistics."""
    network, seen = problem.network, problem.validation
    images = problem.training.images[: RECALIBRATION * problem.updates.batch]
    batches = images.split(problem.updates.batch)

    def by(statistics: Any) -> NDArray[np.float64]:
        losses = [evaluate(network, weights, row, seen, statistics(row))[1] for row in rows]
        return -np.array(losses)

    return {
        "batch": by(lambda _: batch_statistics),
        "recalibrated": by(lambda row: recalibrated(network, weights, row, batches)),
        "running": by(lambda _: averages),
    }


def cells(arguments: argparse.Namespace) -> list[Cell]:
    """Every training that is asked for."""
    return [
        Cell(task, recipe, arguments.passes, seed, arguments.architectures)
        for task in arguments.task or TRAINED
        for recipe in RECIPES
        for seed in range(arguments.seeds)
    ]


def lines(found: Mapping[Cell, Mapping[tuple[str, str], float]]) -> list[str]:
    """The table: a line for each task, list and recipe, a column for each of the statistics."""
    printed = [f"{'task':10} {'list':8} {'recipe':20}" + "".join(f"{s:>16}" for s in STATISTICS)]
    for task in dict.fromkeys(cell.task for cell in found):
        own = {cell: values for cell, values in found.items() if cell.task == task}
        for name in dict.fromkeys(name for values in own.values() for name, _ in values):
            for recipe in RECIPES:
                runs = [values for cell, values in own.items() if cell.recipe == recipe]
                columns = [spread([run[name, s] for run in runs]) for s in STATISTICS]
                printed.append(f"{task:10} {name:8} {recipe:20}" + "".join(columns))
    return printed


def spread(values: Sequence[float]) -> str:
    """Mean and standard deviation over seeds."""
    deviation = f" ({stdev(values):.3f})" if len(values) > 1 else ""
    return f"{fmean(values):.3f}{deviation}".rjust(16)


def main() -> None:
    """Train, score, print."""
    parser = argparse.ArgumentParser(
        description="What BatchNorm's statistics and the recipe do to a supernet's ranking."
    )
    parser.add_argument("--task", action="append", choices=TRAINED, help="by default all")
    parser.add_argument("--passes", type=int, default=SMALL_BUDGETS[0], metavar="N")
    parser.add_argument("--seeds", type=int, default=3, metavar="N")
    parser.add_argument("--architectures", type=int, metavar="N", help="of each list; all")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="processes")
    arguments = parser.parse_args()
    asked = cells(arguments)
    found = {}
    with ProcessPoolExecutor(arguments.jobs, mp_context=get_context("spawn")) as pool:
        for number, (cell, values) in enumerate(zip(asked, pool.map(taus, asked), strict=True)):
            found[cell] = values
            print(f"{number + 1} of {len(asked)} trainings", file=sys.stderr)
    print("\n".join(lines(found)))


if __name__ == "__main__":
    main()

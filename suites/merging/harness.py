"""Runs merging methods and scores what they return.

Here: `solve`, in the method's process, and `score`, in the scorer's (bench.contract.job says what
they are). `default` runs call the method once for each of the task's problems; `tuned` runs walk
the grid of its space on each, one validation a point. Not here: what a method is given
(suites.merging.problem), the form of what it returns (suites.merging.outputs), which problems a run
has (suites.merging.problems), where data and experts come from (suites.merging.grid).
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from statistics import fmean
from typing import Any

import torch
from torch import Tensor

from bench.contract.inputs import Inputs
from bench.contract.job import (
    Assets,
    ContractError,
    Diverged,
    Job,
    Outcome,
    Output,
    Run,
    Scores,
    ScoringJob,
    score_each,
)
from bench.metering.compiler import load_compiler
from bench.metering.meter import BudgetExceeded, Meter
from suites.common.accuracy import accuracy, choose
from suites.common.tuning import best_of, grid_points, middle_of_best, thin
from suites.merging.evaluation import logits
from suites.merging.grid import Grid, GridPart
from suites.merging.outputs import decode, encode, join, split
from suites.merging.problem import DATA, Merged, MergingProblem, trials_of
from suites.merging.problems import load_parts, way_of
from suites.merging.vectors import State, count_weights

load_compiler()

KEPT = ("held_in", "held_out", "worst_cell", "barrier")
"""Of each problem's figures those that a run with several keeps in its details."""

TOLD = ("chosen", "points", "path")
"""Of each problem's details those that stand in its row."""


def solve(job: Job) -> list[Output]:
    """Run the method on each of the job's runs, in order."""
    with _placed(job.call):
        return [
            _solve(run, assets, meter, job.call)
            for run, assets, meter in zip(job.runs, job.assets, job.meters, strict=True)
        ]


@contextmanager
def _placed(call: Callable[..., Any]) -> Iterator[None]:
    """A broken contract says where: the method's line that did it, or that its function is on.

    What is wrong with a result is found after the method has returned, so that no traceback
    leads into its file.
    """
    try:
        yield
    except ContractError as error:
        code = call.__code__
        frames = traceback.extract_tb(error.__traceback__)
        inside = [frame.lineno for frame in frames if frame.filename == code.co_filename]
        place = f"{Path(code.co_filename).name}:{inside[-1] if inside else code.co_firstlineno}"
        raise ContractError(f"{place}: {error}") from error


def _solve(run: Run, assets: Assets, meter: Meter, call: Callable[..., Any]) -> Output:
    """One run: every problem is solved before any router sees a test input."""
    problems = load_parts(assets, run.settings, run.seed)
    solved = []
    for part in problems:
        if run.kind == "reference":
            solved.append((call(part.grid, part.assets), {"data": DATA[0]}))
        else:
            problem = _problem(part, run, meter, trials_of(run.budget) // len(problems))
            with _named(part), meter, meter.phase("merge"):
                solved.append(run_method(problem, call, run.variant, run.params, run.space))
    outputs = []
    for part, (merged, details) in zip(problems, solved, strict=True):
        grid = part.grid
        copies = [inputs.clone() for inputs in grid.test_inputs]  # a router may write into them
        asked = [(copies[cell], expert) for cell, expert in grid.questions]
        with _named(part):
            output = encode(merged, grid.experts, asked)
        output.data["details"] = details
        outputs.append(output)
    return join(outputs)


@contextmanager
def _named(part: GridPart) -> Iterator[None]:
    """An error of one of several problems says of which."""
    try:
        yield
    except (BudgetExceeded, ContractError, Diverged) as error:
        if not part.name:
            raise
        raise type(error)(f"{part.name}: {error}") from error


def _problem(part: GridPart, run: Run, meter: Meter, trials: int) -> MergingProblem:
    grid = part.grid
    return MergingProblem(
        grid.model,
        grid.experts,
        pretrained=grid.pretrained,
        calibration=grid.calibration,
        validation=grid.validation,
        test_inputs=grid.test_inputs,
        test_classes=[cell.classes for cell in grid.cells],
        needs=run.needs,
        meter=meter,
        trials=trials,
        fisher_examples=grid.fisher_examples,
        routing=grid.routing,
        generator=run.generator(f"method/{part.name}" if part.name else "method"),
    )


def run_method(
    problem: MergingProblem,
    call: Callable[..., Merged],
    variant: str = "default",
    params: Mapping[str, Any] | None = None,
    space: Mapping[str, list[Any]] | None = None,
) -> tuple[Merged, dict[str, Any]]:
    """What the method returns, and what to tell of how it came about.

    Args:
        problem: what it is called with.
        call: the method.
        variant: `default`, or `tuned` to choose hyperparameters by validation.
        params: its hyperparameters; those in `space` are overridden in turn when tuning.
        space: hyperparameter -> values to try.
    Raises:
        ContractError: the method changed what it was given.
    """
    inputs = Inputs(problem.handed)
    details: dict[str, Any] = {}
    params = dict(params or {})
    if variant == "tuned":
        merged, details = _tune(problem, inputs, call, params, space or {})
    else:
        merged = call(problem, **params)
        inputs.check()
    return merged, details | {"data": problem.data_used}


def _tune(
    problem: MergingProblem,
    inputs: Inputs,
    call: Callable[..., Merged],
    params: Mapping[str, Any],
    space: Mapping[str, list[Any]],
) -> tuple[Merged, dict[str, Any]]:
    """The best validated point of the grid; of equals that in their middle."""
    points = grid_points(space)
    tried = thin(points, problem.trials)
    candidates: dict[int, Merged] = {}  # by point: the best so far, and what ties with it
    accuracies: list[float] = []
    for i, point in enumerate(tried):
        candidates[i] = call(problem, **{**params, **point})
        inputs.check()
        accuracies.append(problem._try_out(candidates[i]))
        candidates = {j: candidates[j] for j in best_of(accuracies) if j in candidates}
    chosen = middle_of_best(space, tried, accuracies)
    return candidates[chosen], {
        "chosen": {**params, **tried[chosen]},
        "validation": [
            {"params": point, "accuracy": found}
            for point, found in zip(tried, accuracies, strict=True)
        ],
        "points": {"grid": len(points), "tried": len(tried)},
    }


def score(job: ScoringJob) -> list[Outcome]:
    """Score each run for itself; see `score_run`."""
    return score_each(job, score_run)


def score_run(run: Run, output: Output, assets: Assets) -> Scores:
    """Hold an output against the contract and measure it on every cell of its problems' grids.

    Raises:
        ContractError: its names, shapes or types are wrong, or its form isn't its track's.
        Diverged: it holds NaN or infinite values.
    """
    problems = load_parts(assets, run.settings, run.seed)
    outputs = split(output, len(problems))
    found = []
    for part, one in zip(problems, outputs, strict=True):
        with _named(part):
            found.append(_measure(part, one, run.track))
    way = way_of(run.settings)
    if way is None:
        return found[0]
    metrics = way.combine(list(zip(problems, found, strict=True)))
    return Scores(metrics=metrics, **_together(problems, found))


def _measure(part: GridPart, output: Output, track: str) -> Scores:
    """What one problem's output is worth."""
    grid = part.grid
    rows = sum(len(grid.test_inputs[cell]) for cell, _expert in grid.questions)
    merged = decode(output, grid.experts, rows, grid.outputs)
    if track == "single" and not isinstance(merged, dict):
        raise ContractError(
            "the method returned more than one state, but its track is 'single'. "
            "Declare track='multi' in its @method line."
        )
    among_group, among_all = cell_accuracies(grid, merged)
    cells = [
        {"group": cell.group, "style": cell.style, "held_in": cell.held_in, "accuracy": found}
        for cell, found in zip(grid.cells, among_group, strict=True)
    ]
    metrics, details = part.further(merged) if part.further else ({}, {})
    return Scores(
        metrics=grid_metrics(grid, among_group, among_all) | metrics,
        details=output.data["details"] | {"cells": cells} | details,
        cost={"parameters": _parameters(merged, grid)},
    )


def _together(problems: list[GridPart], found: list[Scores]) -> dict[str, dict[str, Any]]:
    """A run's details and cost from its problems', each of which has a row of its own."""
    rows, trials = [], []
    for part, one in zip(problems, found, strict=True):
        where = dict(part.where)
        kept = {name: one.metrics[name] for name in KEPT if name in one.metrics}
        told = {name: one.details[name] for name in TOLD if name in one.details}
        rows.append(where | kept | told)
        trials += [where | trial for trial in one.details.get("validation", [])]
    counts = [len(part.grid.experts) for part in problems]
    return {
        "details": {
            "data": max((one.details["data"] for one in found), key=DATA.index),
            "problems": rows,
            **({"validation": trials} if trials else {}),
        },
        "cost": {"parameters": found[counts.index(max(counts))].cost["parameters"]},
    }


def cell_accuracies(grid: Grid, merged: Merged | Tensor) -> tuple[list[float], list[float]]:
    """Each cell's accuracy among its group's classes, and among all.

    Where there is a state an expert, or scores for each question, a cell's accuracy is the mean
    over the experts that answer for it.
    """
    sizes = [len(inputs) for inputs in grid.test_inputs]
    if isinstance(merged, dict):
        together = logits(grid.model, merged, torch.cat(list(grid.test_inputs)))
        answers = [[scores] for scores in together.split(sizes)]
    elif isinstance(merged, Tensor):
        pieces = iter(merged.split([sizes[cell] for cell, _expert in grid.questions]))
        answers = [[next(pieces) for _expert in cell.experts] for cell in grid.cells]
    else:
        assert not callable(merged)
        answers = [
            [logits(grid.model, merged[expert], inputs) for expert in cell.experts]
            for cell, inputs in zip(grid.cells, grid.test_inputs, strict=True)
        ]
    among_group, among_all = [], []
    for cell, answer, labels in zip(grid.cells, answers, grid.test_labels, strict=True):
        among_group.append(fmean(accuracy(choose(s, cell.classes), labels) for s in answer))
        among_all.append(fmean(accuracy(choose(s), labels) for s in answer))
    return among_group, among_all


def _parameters(merged: Merged | Tensor, grid: Grid) -> int:
    """How many numbers must be deployed; a router's can't be told from its scores."""
    states: list[State] = []
    if isinstance(merged, dict):
        states = [merged]
    elif not isinstance(merged, Tensor) and not callable(merged):
        states = list(merged)
    else:
        states = grid.experts
    if grid.stored is not None:
        return grid.stored(states) + grid.frozen
    return sum(count_weights(state) for state in states) + grid.frozen


def grid_metrics(grid: Grid, cells: list[float], unmasked: list[float]) -> dict[str, float]:
    """A problem's figures from its cells' accuracies; without held-out cells none of those.

    Args:
        grid: tells which cells are held in, and each cell's expert's accuracy there.
        cells, unmasked: accuracy on each cell among its group's classes, and among all.
    """
    share = [mine / expert for mine, expert in zip(cells, grid.expert_accuracies, strict=True)]
    axes = {
        "held_in": [i for i, cell in enumerate(grid.cells) if cell.held_in],
        "held_out": [i for i, cell in enumerate(grid.cells) if not cell.held_in],
    }

    def means(values: list[float], suffix: str) -> dict[str, float]:
        return {
            f"{a}{suffix}": fmean(values[i] for i in where) for a, where in axes.items() if where
        }

    return {
        **means(cells, ""),
        "worst_cell": min(cells),
        **means(share, "_normalised"),
        "worst_cell_normalised": min(share),
        **means(unmasked, "_unmasked"),
    }

"""Shows what the settings of `soup` lead to: its references, cell by cell.

    python -m suites.merging.soup.pilot [--tier smoke] [--seed 0]... [--set sweep.batch=16]...

Builds every asset in this process, and prints the seconds of each, every fine-tuning's
hyperparameters with its validation and test accuracies, and the references' rows: accuracy in
percent on each cell, held-in first, and the mean of the others. The last row is the room between
floor and ceiling. Settings are chosen by these rows, never by a method's. Not here: methods.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Mapping
from importlib import import_module
from statistics import fmean

import torch

from bench.contract.job import Output
from bench.contract.suite import Task
from suites.common.accuracy import accuracy, choose
from suites.merging.compose.pilot import with_settings
from suites.merging.grid import Grid
from suites.merging.harness import cell_accuracies
from suites.merging.references import ensemble, informed, pretrained, validated
from suites.merging.soup.assets import assets
from suites.merging.soup.grid import load_grid
from suites.merging.soup.task import SOUP


def build(task: Task, tier: str, seed: int) -> tuple[dict[str, Output], dict[str, float]]:
    """Every asset of a run, and the seconds of this process that each took."""
    built: dict[str, Output] = {}
    seconds = {}
    for asset in assets(task, tier, seed):
        module, function = asset.builder.split(":")
        begin = time.process_time()
        inputs = {needed.name: built[needed.name] for needed in asset.inputs}
        built[asset.name] = getattr(import_module(module), function)(asset.arguments, inputs)
        seconds[asset.name] = time.process_time() - begin
    return built, seconds


def report(grid: Grid, built: Mapping[str, Output]) -> dict[str, list[float]]:
    """Each reference's row: test accuracy on every cell, then the mean over the shifted ones; %."""
    router = ensemble(grid, built)
    rows = {
        "pretrained": cell_accuracies(grid, pretrained(grid, built))[0],
        "experts": list(grid.expert_accuracies),
        "validated": cell_accuracies(grid, validated(grid, built))[0],
        "informed": cell_accuracies(grid, informed(grid, built))[0],
        "ensemble": [
            accuracy(choose(router(inputs, 0)), labels)
            for inputs, labels in zip(grid.test_inputs, grid.test_labels, strict=True)
        ],
    }
    rows = {name: [100 * value for value in row] for name, row in rows.items()}
    pairs = zip(rows["informed"], rows["experts"], strict=True)
    rows["room"] = [high - low for high, low in pairs]
    return {name: [*row, fmean(row[1:])] for name, row in rows.items()}


def main() -> None:
    """Read the arguments, build, print."""
    parser = argparse.ArgumentParser(description="What the settings of soup lead to.")
    parser.add_argument("--tier", default="small")
    parser.add_argument("--seed", type=int, action="append", help="may be given several times")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=JSON")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    changes = {key: json.loads(value) for key, value in (s.split("=", 1) for s in arguments.set)}
    task = with_settings(SOUP, arguments.tier, changes)
    for seed in arguments.seed or [0]:
        built, seconds = build(task, arguments.tier, seed)
        print("soup", arguments.tier, "seed", seed, changes)
        print("  seconds", {name: round(value, 1) for name, value in seconds.items()})
        grid, experts = load_grid(built), built["experts"].data
        tests = built["answers_experts"].data["each"]
        columns = (experts["hyperparameters"], experts["validation"], tests)
        for one, validation, test in zip(*columns, strict=True):
            accuracies = " ".join(f"{100 * value:5.1f}" for value in [validation, *test])
            print(f"  {accuracies}  {one}")
        print("  " + " " * 10, " ".join(f"{cell.style[:6]:>6}" for cell in grid.cells), "  mean")
        for name, row in report(grid, built).items():
            print(f"  {name:<10}", " ".join(f"{value:6.1f}" for value in row), flush=True)


if __name__ == "__main__":
    main()

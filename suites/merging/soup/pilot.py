"""Shows what the settings of `soup` lead to: its references, cell by cell.

    python -m suites.merging.soup.pilot [--tier smoke] [--seed 0]... [--set sweep.batch=16]...

Builds every asset in this process, and prints the seconds of each, every fine-tuning's
hyperparameters with its validation and test accuracies, and the references' rows: accuracy in
percent on each cell, held-in first, and the mean of the others. The last row is the room between
floor and ceiling. Settings are chosen by these rows, never by a method's. Not here: methods.
"""

from __future__ import annotations

from collections.abc import Mapping
from statistics import fmean

from bench.contract.job import Output
from suites.common.accuracy import accuracy, choose
from suites.merging.compose.pilot import asked_of, build
from suites.merging.grid import Grid
from suites.merging.harness import cell_accuracies
from suites.merging.references import ensemble, informed, pretrained, validated
from suites.merging.soup.grid import load_grid
from suites.merging.soup.task import SOUP


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
    asked = asked_of(SOUP)
    for seed in asked.seeds:
        built, seconds = build(asked.task, asked.tier, seed)
        print("soup", asked.tier, "seed", seed, asked.changes)
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

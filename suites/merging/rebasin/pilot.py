"""Shows what the settings of `rebasin` lead to: its references, pair by pair.

    python -m suites.merging.rebasin.pilot [--seed 0]... [--set pairs.wide.training.steps=800]...

Builds every asset in this process, and prints for each pair the seconds that its training took and
the test accuracies (percent) of the experts, each on the digits that it knows, of their midpoint
and of their ensemble, and the room between the last two.
Settings are chosen by these rows, never by a method's. Not here: methods.
"""

from __future__ import annotations

import argparse
import json
import time
from importlib import import_module

import torch

from bench.contract.job import Output
from bench.contract.suite import Task
from suites.common.accuracy import accuracy, choose
from suites.merging.compose.pilot import with_settings
from suites.merging.grid import GridPart
from suites.merging.harness import cell_accuracies
from suites.merging.rebasin.assets import assets
from suites.merging.rebasin.pairs import load_parts
from suites.merging.rebasin.task import REBASIN
from suites.merging.references import ensemble, midpoint


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


def report(part: GridPart) -> dict[str, float]:
    """A pair's rows: test accuracy in percent, the mean over its groups of digits."""
    grid = part.grid
    middle, _all = cell_accuracies(grid, midpoint(grid, part.assets))
    router = ensemble(grid, part.assets)
    together = [
        accuracy(choose(router(inputs, 0)), labels)
        for inputs, labels in zip(grid.test_inputs, grid.test_labels, strict=True)
    ]
    rows = {"experts": grid.expert_accuracies, "midpoint": middle, "ensemble": together}
    found = {name: 100 * sum(values) / len(values) for name, values in rows.items()}
    return found | {"room": found["ensemble"] - found["midpoint"]}


def main() -> None:
    """Read the arguments, build, print."""
    parser = argparse.ArgumentParser(description="What the settings of rebasin lead to.")
    parser.add_argument("--tier", default="small")
    parser.add_argument("--seed", type=int, action="append", help="may be given several times")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=JSON")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    changes = {key: json.loads(value) for key, value in (s.split("=", 1) for s in arguments.set)}
    task = with_settings(REBASIN, arguments.tier, changes)
    for seed in arguments.seed or [0]:
        built, seconds = build(task, arguments.tier, seed)
        print("rebasin", arguments.tier, "seed", seed, changes, f"{sum(seconds.values()):.1f} s")
        for part in load_parts(built, task.settings[arguments.tier], seed):
            rows = "  ".join(f"{name} {value:5.1f}" for name, value in report(part).items())
            print(f"  {part.name:<8} {seconds[f'experts_{part.name}']:5.1f} s  {rows}", flush=True)


if __name__ == "__main__":
    main()

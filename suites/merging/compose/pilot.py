"""Shows what a compositional task's settings lead to, while they are being chosen.

    python -m suites.merging.compose.pilot --task compose-near [--set pretraining.strength=0.5]...

Builds every asset in this process, and prints seconds of each and accuracies (percent: held-in,
held-out, worst cell, and held-in and held-out among all classes) of the pretrained network, the
experts, and multitask; with `--methods` also of the experts' average, and of task arithmetic at
the scale that validation prefers. It looks at the test images: settings are chosen for the room
between pretrained and multitask, never for a method, so leave `--methods` out while choosing.
Not here: methods (methods/merging), the harness that measures them (suites.merging.harness).
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any

import torch

from bench.contract.job import Output
from bench.contract.suite import Task
from suites.common.accuracy import accuracy, choose
from suites.common.trainer import State, logits
from suites.merging.compose.cells import grid_of
from suites.merging.compose.networks import group_accuracy, template
from suites.merging.definition import SUITE
from suites.merging.stored import backbone, expert_state, read, to_float

SCALES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)


def with_settings(task: Task, tier: str, changes: Mapping[str, Any]) -> Task:
    """The task with some settings of a tier changed; keys are dotted, e.g. `experts.rate`."""
    settings = json.loads(json.dumps(task.settings[tier]))
    for path, value in changes.items():
        *folders, last = path.split(".")
        place = settings
        for folder in folders:
            place = place[folder]
        place[last] = value
    return replace(task, settings={**task.settings, tier: settings})


@dataclass(frozen=True)
class Asked:
    """What a pilot's command line asks for: the task as changed, at a tier, on some seeds."""

    task: Task
    tier: str
    seeds: list[int]
    changes: dict[str, Any]


def asked_of(task: Task) -> Asked:
    """Read the arguments of a task's pilot; torch runs on one thread from here on."""
    parser = argparse.ArgumentParser(description=f"What the settings of {task.name} lead to.")
    parser.add_argument("--tier", default="small")
    parser.add_argument("--seed", type=int, action="append", help="may be given several times")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=JSON")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    changes = changed_settings(arguments.set)
    changed = with_settings(task, arguments.tier, changes)
    return Asked(changed, arguments.tier, arguments.seed or [0], changes)


def changed_settings(given: list[str]) -> dict[str, Any]:
    """KEY=JSON, each, as `with_settings` takes them."""
    return {key: json.loads(value) for key, value in (one.split("=", 1) for one in given)}


def build(
    task: Task, tier: str, seed: int, tell: Callable[[str, float], object] | None = None
) -> tuple[dict[str, Output], dict[str, float]]:
    """Every asset of a run, and the seconds of this process that each took.

    Args:
        tell: is told each asset's name and seconds as soon as it is built.
    """
    assets: dict[str, Output] = {}
    seconds = {}
    for asset in SUITE.assets(task, tier, seed):
        module, function = asset.builder.split(":")
        begin = time.process_time()
        inputs = {needed.name: assets[needed.name] for needed in asset.inputs}
        assets[asset.name] = getattr(import_module(module), function)(asset.arguments, inputs)
        seconds[asset.name] = time.process_time() - begin
        if tell:
            tell(asset.name, seconds[asset.name])
    return assets, seconds


def cell_accuracies(assets: Mapping[str, Output], state: State) -> tuple[list[float], list[float]]:
    """A state's test accuracy on each cell: among the group's classes, and among all."""
    grid, network = grid_of(assets["examples"]), template(assets["pretrained"])
    pixels = assets["test_inputs"].tensors["images"]
    labels = assets["answers"].tensors["labels"]
    masked, unmasked = [], []
    for cell, (group, _style) in enumerate(grid.cells):
        scores = logits(network, state, to_float(pixels[cell]))
        masked.append(group_accuracy(grid, group, scores, labels[cell]))
        unmasked.append(accuracy(choose(scores), labels[cell]))
    return masked, unmasked


def figures(
    assets: Mapping[str, Output], masked: list[float], unmasked: list[float]
) -> list[float]:
    """Held-in, held-out, worst cell, held-in and held-out among all classes; percent."""
    cells, held_in = grid_of(assets["examples"]).cells, grid_of(assets["examples"]).held_in

    def mean(values: list[float], inside: bool) -> float:
        chosen = [v for cell, v in zip(cells, values, strict=True) if (cell in held_in) == inside]
        return sum(chosen) / len(chosen)

    found = [mean(masked, True), mean(masked, False), min(masked)]
    return [100 * value for value in (*found, mean(unmasked, True), mean(unmasked, False))]


def task_arithmetic(start: State, experts: list[dict[str, torch.Tensor]], scale: float) -> State:
    """start + scale x the sum of the experts' changes; scale 1/K is the average."""
    return {
        name: tensor + scale * (torch.stack([e[name] for e in experts]) - tensor).sum(0)
        for name, tensor in start.items()
    }


def validation(assets: Mapping[str, Output], state: State) -> float:
    """Mean accuracy on the held-in cells' validation images."""
    grid, network = grid_of(assets["examples"]), template(assets["pretrained"])
    found = []
    for i, (group, _style) in enumerate(grid.held_in):
        images, labels = read(assets["examples"], "validation", i)
        found.append(group_accuracy(grid, group, logits(network, state, images), labels))
    return sum(found) / len(found)


def merged(assets: Mapping[str, Output]) -> dict[str, State]:
    """The experts' average, and task arithmetic at the scale that validation prefers."""
    grid, start = grid_of(assets["examples"]), backbone(assets["pretrained"].tensors)
    experts = [expert_state(assets["experts"], i) for i in range(len(grid.held_in))]
    scaled = {scale: task_arithmetic(start, experts, scale) for scale in SCALES}
    best = max(SCALES, key=lambda scale: validation(assets, scaled[scale]))
    average = task_arithmetic(start, experts, 1 / len(experts))
    return {"average": average, f"task arithmetic {best}": scaled[best]}


def report(assets: Mapping[str, Output], methods: bool = False) -> dict[str, list[float]]:
    """Figures of each row by its name; those of methods only where they are asked for."""
    states = {
        "pretrained": backbone(assets["pretrained"].tensors),
        "multitask": assets["multitask"].tensors,
        **(merged(assets) if methods else {}),
    }
    rows = {name: figures(assets, *cell_accuracies(assets, s)) for name, s in states.items()}
    own = assets["answers_experts"].data["accuracies"]
    rows["experts"] = figures(assets, own, own)[:3]
    return rows


def main() -> None:
    """Read the arguments, build, print."""
    parser = argparse.ArgumentParser(description="What a task's settings lead to.")
    parser.add_argument("--task", default="compose-near")
    parser.add_argument("--tier", default="small")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--set", action="append", default=[], metavar="KEY=JSON")
    parser.add_argument("--methods", action="store_true", help="also the simplest two merges")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    changes = changed_settings(arguments.set)
    task = with_settings(SUITE.task(arguments.task), arguments.tier, changes)
    assets, seconds = build(task, arguments.tier, arguments.seed)
    print(arguments.task, arguments.tier, "seed", arguments.seed, changes)
    print("  seconds", {name: round(value, 1) for name, value in seconds.items()}, end=" ")
    print(f"sum {sum(seconds.values()):.1f}")
    for name, values in report(assets, arguments.methods).items():
        print(f"  {name:<22}", " ".join(f"{value:5.1f}" for value in values))
    grid = grid_of(assets["examples"])
    own, _ = cell_accuracies(assets, backbone(assets["pretrained"].tensors))
    for s, style in enumerate(grid.styles):
        mine = [a for a, (_group, other) in zip(own, grid.cells, strict=True) if other == s]
        print(f"  pretrained in {style:<10} {100 * sum(mine) / len(mine):5.1f}")


if __name__ == "__main__":
    main()

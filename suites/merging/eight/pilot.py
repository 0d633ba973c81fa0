"""Shows what the settings of `eight` lead to: its references, set by set.

    python -m suites.merging.eight.pilot [--seed 0]... [--set head.ridge=0.1]...

Builds every asset in this process, and prints the seconds of each, and the test accuracies (each
set's and their mean, percent) of the pretrained network, the experts and multitask at both
distances.
Settings are chosen by these rows, never by a method's. Not here: methods.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping

import torch

from bench.contract.job import Output
from bench.contract.suite import Task
from suites.common.accuracy import accuracy, choose
from suites.common.trainer import logits
from suites.merging.compose.pilot import build, changed_settings, with_settings
from suites.merging.eight.network import template
from suites.merging.eight.sets import classes_of
from suites.merging.eight.task import EIGHT
from suites.merging.evaluation import BATCH
from suites.merging.stored import backbone, expert_state, to_float
from suites.merging.vectors import State


def tell(name: str, seconds: float) -> None:
    """A line for each asset, as soon as it is built."""
    print(f"  {name:<22} {seconds:6.1f} s", flush=True)


def accuracies(built: Mapping[str, Output], states: list[State]) -> list[float]:
    """Test accuracy on each set of the state given for it, percent."""
    network = template(built["pretrained"])
    pixels, labels = built["test_inputs"].tensors["images"], built["answers"].tensors["labels"]
    found = []
    for i, classes in enumerate(classes_of(built["examples"].data["images"]).values()):
        scores = logits(network, states[i], to_float(pixels[i]), BATCH)
        found.append(100 * accuracy(choose(scores, torch.tensor(classes)), labels[i]))
    return found


def report(task: Task, built: Mapping[str, Output]) -> dict[str, list[float]]:
    """Each reference's test accuracy on each set, by the row's name."""
    count = len(task.settings["small"]["images"]["sets"])
    rows = {"pretrained": accuracies(built, [backbone(built["pretrained"].tensors)] * count)}
    for distance in task.settings["small"]["distances"]:
        experts = [expert_state(built[f"experts_{distance}"], i) for i in range(count)]
        rows[f"experts {distance}"] = accuracies(built, experts)
        multitask = built[f"multitask_{distance}"].tensors
        rows[f"multitask {distance}"] = accuracies(built, [multitask] * count)
    return rows


def main() -> None:
    """Read the arguments, build, print."""
    parser = argparse.ArgumentParser(description="What the settings of eight lead to.")
    parser.add_argument("--seed", type=int, action="append", help="may be given several times")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=JSON")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    changes = changed_settings(arguments.set)
    task = with_settings(EIGHT, "small", changes)
    for seed in arguments.seed or [0]:
        print("eight, seed", seed, changes)
        built, seconds = build(task, "small", seed, tell)
        print(f"  sum {sum(seconds.values()):.1f} s")
        print(" " * 18, *(f"{name[:7]:>7}" for name in task.settings["small"]["images"]["sets"]))
        for name, values in report(task, built).items():
            mean = sum(values) / len(values)
            print(f"  {name:<16}", *(f"{v:7.1f}" for v in values), f"   mean {mean:.1f}")


if __name__ == "__main__":
    main()

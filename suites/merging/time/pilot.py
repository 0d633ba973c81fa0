"""Shows what the settings of `time` lead to: its references, period by period.

    python -m suites.merging.time.pilot [--tier small] [--seed 0] [--set images.test=40]...

Builds every asset in this process, and prints the seconds of each, and the test accuracy in each
period (percent) of the pretrained network, of each expert and of multitask; and their means over
the periods with an expert, between two and after the last. Settings are chosen by these rows,
never by a method's. Not here: methods.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from statistics import fmean

import torch

from bench.contract.job import Output
from suites.common.accuracy import accuracy, choose
from suites.common.trainer import State, logits
from suites.merging.compose.networks import template
from suites.merging.compose.pilot import build, changed_settings, with_settings
from suites.merging.stored import backbone, expert_state, to_float
from suites.merging.time.periods import axis_of
from suites.merging.time.task import TIME


def accuracies(built: Mapping[str, Output], state: State) -> list[float]:
    """Test accuracy of a state in each period, percent."""
    network = template(built["pretrained"])
    pixels, labels = built["test_inputs"].tensors["images"], built["answers"].tensors["labels"]
    return [
        100 * accuracy(choose(logits(network, state, to_float(inputs))), right)
        for inputs, right in zip(pixels, labels, strict=True)
    ]


def report(built: Mapping[str, Output], experts: int) -> dict[str, list[float]]:
    """Each reference's test accuracy in each period, by the row's name."""
    return {
        "pretrained": accuracies(built, backbone(built["pretrained"].tensors)),
        **{
            f"expert {i}": accuracies(built, expert_state(built["experts"], i))
            for i in range(experts)
        },
        "multitask": accuracies(built, built["multitask"].tensors),
    }


def main() -> None:
    """Read the arguments, build, print."""
    parser = argparse.ArgumentParser(description="What the settings of time lead to.")
    parser.add_argument("--tier", default="small")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--set", action="append", default=[], metavar="KEY=JSON")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    changes = changed_settings(arguments.set)
    task = with_settings(TIME, arguments.tier, changes)
    trained = [period for _group, period in task.settings[arguments.tier]["images"]["held_in"]]
    built, seconds = build(task, arguments.tier, arguments.seed)
    print("time", arguments.tier, "seed", arguments.seed, changes)
    print("  seconds", {name: round(value, 1) for name, value in seconds.items()})
    for name, values in report(built, len(trained)).items():
        axes: dict[str, list[float]] = {}
        for period, value in enumerate(values):
            axes.setdefault(axis_of(trained, period), []).append(value)
        told = "  ".join(f"{axis} {fmean(own):.1f}" for axis, own in axes.items())
        print(f"  {name:<12}", *(f"{value:5.1f}" for value in values), "  ", told)


if __name__ == "__main__":
    main()

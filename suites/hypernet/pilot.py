"""Shows what a task's settings lead to for the plain hypernetwork and MIP.

    python -m suites.hypernet.pilot [--seeds N] [--set steps=400]... [--scale X --shift X]

Trains both on rotation over the grid of tier small, and prints for each learning rate the loss on
the validation images, and the best training loss (mean of the last 50 steps). `--scale` and
`--shift` turn inputs x into (x - shift) scale, which is how the difference to figures on
standardised inputs was found. It never looks at the test. Not here: the harness that measures
methods (suites.hypernet.harness).
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from statistics import fmean

import torch

from bench.metering.budget import Budget
from bench.metering.meter import Meter
from suites.common.draws import generator
from suites.hypernet.course import Part
from suites.hypernet.layers import Plain, add_initial, cosine_sine, initialise_fan_out
from suites.hypernet.objective import losses_of
from suites.hypernet.rotation.drawing import draw
from suites.hypernet.rotation.settings import SETTINGS
from suites.hypernet.training import fit, grid


def scaled(part: Part, scale: float, shift: float) -> Part:
    """The part with other inputs in training and validation."""
    stage, asked = part.stages[0], part.validation
    return replace(
        part,
        stages=(replace(stage, pool=(stage.pool - shift) * scale),),
        validation=replace(asked, inputs=(asked.inputs - shift) * scale),
    )


def build(part: Part, seed: int, mip: bool) -> Plain:
    """The plain hypernetwork, Kaiming by fan-out, or MIP."""
    draws = generator(seed, "pilot")
    if not mip:
        network = Plain(part.target, 1, part.hidden)
        initialise_fan_out(network, draws)
        return network
    network = Plain(part.target, 1, part.hidden, encode=cosine_sine, encoded=2)
    initialise_fan_out(network, draws)
    add_initial(network, draws)
    return network


def main() -> None:
    """Train and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--shift", type=float, default=0.0)
    options = parser.parse_args()
    torch.set_num_threads(1)
    changes = {
        name: json.loads(value) for name, _, value in (s.partition("=") for s in options.set)
    }
    settings = {**SETTINGS["small"], **changes}
    seeds = range(options.seeds)
    parts = [scaled(draw(settings, s)[0], options.scale, options.shift) for s in seeds]
    for mip in (False, True):
        modules = [build(part, s, mip) for s, part in zip(seeds, parts, strict=True)]
        meters = [Meter(Budget()) for _ in seeds]
        fits = fit(modules, parts, settings, meters, [generator(s, "pilot/noise") for s in seeds])
        print("MIP" if mip else "plain, fan-out")
        for i, point in enumerate(grid(settings)):
            labels = [part.validation.labels for part in parts]
            losses = [
                float(losses_of(found[i].validation[-1], own).mean())
                for found, own in zip(fits, labels, strict=True)
                if own is not None
            ]
            training = fmean(float(found[i].losses[-50:].mean()) for found in fits)
            print(
                f"  {point.optimiser:5} {point.rate:<7g} validation {fmean(losses):.3f}"
                f"  training {training:.3f}"
            )


if __name__ == "__main__":
    main()

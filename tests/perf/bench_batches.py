"""How many images should be in one forward pass: each batch's speed beside suites.merging's own.

    python tests/perf/bench_batches.py [--rounds N]

The networks of merging's tasks, random weights, one thread. The rounds take turns, the best of
each counts. Needs the extra `pretrained` for EfficientNet-Lite0's shape. Not a test: machines
differ, so nothing is asserted.
"""

from __future__ import annotations

import argparse
import time

import torch
from torch import nn

from suites.common.networks import VisionTransformer
from suites.merging.compose.settings import VIT, WIDE_VIT
from suites.merging.eight.network import FoldedEfficientNet
from suites.merging.eight.released import load_released, shapes_of
from suites.merging.evaluation import BATCH

IMAGES = 512
BATCHES = (8, 16, 32, 64, 128, 256)


def networks() -> dict[str, tuple[nn.Module, int]]:
    """Each network and the side of its images, by what it is called here."""
    released = load_released()
    lite = FoldedEfficientNet(shapes_of(released), released._conv_stem.out_channels, 176)
    for parameter in lite.parameters():
        nn.init.normal_(parameter, std=0.02)
    return {
        "transformer, width 64": (VisionTransformer(64, **VIT), VIT["size"]),
        "transformer, width 128": (VisionTransformer(64, **WIDE_VIT), WIDE_VIT["size"]),
        "EfficientNet-Lite0": (lite, 64),
    }


def main() -> None:
    """Read the arguments, time, print."""
    parser = argparse.ArgumentParser(description="Images in one forward pass.")
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    torch.set_num_threads(1)
    print(f"images a second over that at {BATCH} a pass")
    for name, (network, side) in networks().items():
        images, best = torch.rand(IMAGES, side, side), dict.fromkeys(BATCHES, float("inf"))
        for _ in range(rounds):
            for batch in BATCHES:
                begin = time.process_time()
                with torch.no_grad():
                    for chunk in images.split(batch):
                        network(chunk)
                best[batch] = min(best[batch], time.process_time() - begin)
        found = ", ".join(f"{batch}: {best[BATCH] / best[batch]:.2f}" for batch in BATCHES)
        print(f"{name:<24} {IMAGES / best[BATCH]:6.0f} images/s; {found}")


if __name__ == "__main__":
    main()

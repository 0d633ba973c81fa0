"""Builds the toy suite's assets."""

import os
import time
from pathlib import Path

import torch

from bench.contract.job import Output


def numbers(arguments, inputs):
    """Random numbers, drawn from the seed; slowly, or once a file is there, where a test asks."""
    time.sleep(float(os.environ.get("TOY_BUILD_SECONDS", "0")))
    while not Path(os.environ.get("TOY_BUILD_ONCE_THERE", "/")).exists():
        time.sleep(0.05)
    if "TOY_BUILD_LOG" in os.environ:
        with Path(os.environ["TOY_BUILD_LOG"]).open("a") as log:
            log.write(f"numbers {arguments['seed']}\n")
    generator = torch.Generator().manual_seed(arguments["seed"])
    return Output({"numbers": torch.randn(arguments["count"], generator=generator)})


def answers(arguments, inputs):
    """Their sum."""
    return Output({}, {"sum": float(inputs["numbers"].tensors["numbers"].double().sum())})

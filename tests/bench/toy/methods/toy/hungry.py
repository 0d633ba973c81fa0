"""Takes all the memory it can."""

import time

import torch

from bench import method


@method(name="hungry", title="hungry", paper=("A note on hungry", 2020, "https://example.org/hungry"))
def hungry(problem):
    held = []
    while True:
        held.append(bytearray(64 * 2**20))
        time.sleep(0.01)

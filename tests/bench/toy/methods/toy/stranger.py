"""Calls an operator that nobody can count."""

import torch

from bench import method


@method(name="stranger", title="stranger", paper=("A note on stranger", 2020, "https://example.org/stranger"))
def stranger(problem):
    torch.ops.prims.mul(problem.numbers, problem.numbers)
    return problem.numbers.sum()

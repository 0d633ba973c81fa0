"""Needs what the task lacks."""

import torch

from bench import method


@method(name="needy", title="needy", paper=("A note on needy", 2020, "https://example.org/needy"), needs=["oracle"])
def needy(problem):
    return torch.tensor(1.0)

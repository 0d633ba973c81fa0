"""Returns the wrong shape."""

import torch

from bench import method


@method(name="shapeless", title="shapeless", paper=("A note on shapeless", 2020, "https://example.org/shapeless"))
def shapeless(problem):
    return torch.zeros(3)

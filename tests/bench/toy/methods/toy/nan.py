"""Returns NaN."""

import torch

from bench import method


@method(name="nan", title="nan", paper=("A note on nan", 2020, "https://example.org/nan"))
def nan(problem):
    return torch.tensor(float("nan"))

"""The sum and some noise."""

import torch

from bench import method


@method(name="noisy", title="noisy", paper=("A note on noisy", 2020, "https://example.org/noisy"), params={"scale": 0.5}, space={"scale": [0.1, 0.5]})
def noisy(problem, *, scale):
    return problem.numbers.sum() + scale * torch.randn((), generator=problem.generator)

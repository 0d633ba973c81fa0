"""Makes a product in inference mode, where torch composes nothing of its own accord."""

import torch

from bench import method


@method(name="inferrer", title="inferrer", paper=("A note on inferrer", 2020, "https://example.org/inferrer"))
def inferrer(problem):
    large = torch.ones(100, 100)
    with torch.inference_mode():
        torch.nn.functional.linear(large, large)
    return problem.numbers.sum()

"""Changes every setting of torch that others would feel."""

import torch

from bench import method


@method(name="twister", title="twister", paper=("A note on twister", 2020, "https://example.org/twister"))
def twister(problem):
    torch.set_num_threads(2)
    torch.use_deterministic_algorithms(False)
    torch.set_default_dtype(torch.float64)
    torch.manual_seed(99)
    torch.set_grad_enabled(False)
    return problem.numbers.sum()

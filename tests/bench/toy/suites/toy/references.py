"""The toy suite's references."""

import torch

from bench import reference


@reference(name="zero", title="Zero", role="floor", meaning="always zero")
def zero(problem):
    """Guess zero."""
    return torch.tensor(0.0)


@reference(name="truth", title="Truth", role="ceiling", meaning="adds them up")
def truth(problem):
    """Add them up."""
    return problem.numbers.sum()

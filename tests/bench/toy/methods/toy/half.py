"""Half of the sum."""

import torch

from bench import method
from methods.toy._scaling import scaled


@method(name="half", title="half", paper=("A note on half", 2020, "https://example.org/half"))
def half(problem):
    return scaled(problem.numbers.sum())

"""Raises."""

import torch

from bench import method


@method(name="raiser", title="raiser", paper=("A note on raiser", 2020, "https://example.org/raiser"))
def raiser(problem):
    print("about to raise")
    raise RuntimeError("no sum today")

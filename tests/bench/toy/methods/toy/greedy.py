"""Spends too much, in tiny steps."""

import torch

from bench import method


@method(name="greedy", title="greedy", paper=("A note on greedy", 2020, "https://example.org/greedy"))
def greedy(problem):
    total = problem.numbers.sum()
    while True:
        total = total + 1

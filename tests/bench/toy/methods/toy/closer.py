"""Closes every file that it has, the way back included."""

import os

from bench import method


@method(name="closer", title="closer", paper=("A note on closer", 2020, "https://example.org/closer"))
def closer(problem):
    os.closerange(0, 4096)
    return problem.numbers.sum()

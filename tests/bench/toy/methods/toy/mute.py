"""Closes what it could print to."""

import os

from bench import method


@method(name="mute", title="mute", paper=("A note on mute", 2020, "https://example.org/mute"))
def mute(problem):
    os.close(1)
    os.close(2)
    return problem.numbers.sum()

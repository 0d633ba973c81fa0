"""Writes noise into every pipe that it holds."""

import os
import stat

from bench import method


@method(name="garbler", title="garbler", paper=("A note on garbler", 2020, "https://example.org/garbler"))
def garbler(problem):
    for number in range(3, 256):
        try:
            if stat.S_ISFIFO(os.fstat(number).st_mode):
                os.write(number, os.urandom(4096))
        except OSError:
            continue
    return problem.numbers.sum()

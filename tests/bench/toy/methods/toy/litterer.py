"""Writes 64 MB into the folder that it finds itself in."""

from pathlib import Path

from bench import method


@method(name="litterer", title="litterer", paper=("A note on litterer", 2020, "https://example.org/litterer"))
def litterer(problem):
    with Path("litter.bin").open("wb") as file:
        for _ in range(64):
            file.write(b"x" * 2**20)
    return problem.numbers.sum()

"""Asks for some of its budget back."""

from bench import method


@method(name="haggler", title="haggler", paper=("A note on haggler", 2020, "https://example.org/haggler"))
def haggler(problem):
    problem.meter.charge(-1e4, "a refund")
    return problem.numbers.sum()

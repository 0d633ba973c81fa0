"""Asks for some of its budget back, and hides what it was told."""

from bench import method


@method(name="swallower", title="swallower", paper=("A note on swallower", 2020, "https://example.org/swallower"))
def swallower(problem):
    try:
        problem.meter.charge(-1e4, "a refund")
    except BaseException:
        pass
    return problem.numbers.sum()

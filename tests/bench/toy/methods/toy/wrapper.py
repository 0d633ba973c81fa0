"""Wraps what its meter told it into an error of its own."""

from bench import method


@method(name="wrapper", title="wrapper", paper=("A note on wrapper", 2020, "https://example.org/wrapper"))
def wrapper(problem):
    try:
        problem.meter.charge(1e6, "much")
    except Exception as error:
        raise RuntimeError("nothing of interest") from error
    return problem.numbers.sum()

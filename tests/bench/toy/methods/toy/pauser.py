"""Would have its meter look away."""

from bench import method


@method(name="pauser", title="pauser", paper=("A note on pauser", 2020, "https://example.org/pauser"))
def pauser(problem):
    with problem.meter.paused():
        problem.numbers.sum()
    return problem.numbers.sum()

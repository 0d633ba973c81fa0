"""Would give itself a larger budget."""

from bench import method


@method(name="lavish", title="lavish", paper=("A note on lavish", 2020, "https://example.org/lavish"))
def lavish(problem):
    problem.meter.budget = None
    return problem.numbers.sum()

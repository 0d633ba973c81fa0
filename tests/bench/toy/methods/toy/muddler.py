"""Spends what is no number."""

from bench import method


@method(name="muddler", title="muddler", paper=("A note on muddler", 2020, "https://example.org/muddler"))
def muddler(problem):
    problem.meter.charge(float("nan"), "who knows what")
    return problem.numbers.sum()

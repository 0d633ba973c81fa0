"""Goes on after it was told that its budget is spent."""

from bench import method


@method(name="stubborn", title="stubborn", paper=("A note on stubborn", 2020, "https://example.org/stubborn"))
def stubborn(problem):
    total = problem.numbers.sum()
    for _ in range(30_000):
        try:
            total = total + 1
        except Exception:
            continue
    return total

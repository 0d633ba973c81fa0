"""My method: a share of the sum."""

from bench import method


@method(
    name="my_method",
    title="My method",
    paper=("Unpublished", 2026, "https://example.org"),
    # NEEDS
    # TRAITS
    # TRACKS
    params={"share": 0.9},
    space={"share": [0.5, 0.9]},
)
def my_method(problem, *, share):
    return share * problem.numbers.sum()

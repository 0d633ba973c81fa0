"""Recurses without end, on the C stack."""

import sys

from bench import method


@method(name="deep", title="deep", paper=("A note on deep", 2020, "https://example.org/deep"))
def deep(problem):
    def down(level):
        return sorted([level + 1], key=down)

    sys.setrecursionlimit(10**9)
    return down(0)

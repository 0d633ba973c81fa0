"""Leaves politely."""

import sys

from bench import method


@method(name="quitter", title="quitter", paper=("A note on quitter", 2020, "https://example.org/quitter"))
def quitter(problem):
    sys.exit(0)

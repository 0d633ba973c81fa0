"""The catalogue that a command works with, and the warnings that come with it.

Here: reading it with the options that every such command takes, and saying on standard error what
of it is left out, and what contributed methods do unseen. Not here: finding any of it
(bench.catalogue.registry, bench.planning.unseen).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from bench.catalogue.registry import Catalogue, catalogue
from bench.planning.plan import Plan
from bench.planning.unseen import warnings_of


def warn_of_unseen(known: Catalogue, plan: Plan) -> None:
    """Say what the contributed methods of a plan do that their keys can't hold."""
    planned = [*plan.todo, *(skipped for skipped, _ in plan.skipped)]
    methods = [(p.run.suite, p.run.method) for p in planned]
    methods += [(record.suite, record.method) for record in plan.served]
    for sentence in warnings_of(known, methods):
        print(f"warning: {sentence}", file=sys.stderr)


def read_catalogue(
    methods_dirs: Sequence[Path] = (), suites_dirs: Sequence[Path] = ()
) -> Catalogue:
    """Everything that could run; what broken packages declare is said and left out.

    Args:
        methods_dirs, suites_dirs: more folders, as `--methods-dir` and `--suites-dir` name them.
    Raises:
        DeclarationError: a file of this repository or of those folders is wrong.
    """
    known = catalogue(methods_dirs, suites_dirs)
    for left_out in known.left_out:
        print(f"warning: {left_out.sentence}", file=sys.stderr)
    return known

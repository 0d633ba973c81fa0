"""The commands for who adds a method: `new` and `try`.

Here: their options, and which piece of the engine answers them. Not here: the other commands, and
the program (commands.cli).
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bench.catalogue.registry import with_file
from bench.planning.selection import Selection
from bench.records.home import store_path
from bench.records.published import PUBLISHED
from bench.records.published import read as read_published
from bench.records.store import Store
from commands.catalogue import read_catalogue
from commands.options import (
    DirsOption,
    JobsOption,
    JsonOption,
    SeedsOption,
    StoreOption,
    SuitesDirsOption,
    TaskOption,
    TierOption,
    chosen_tier,
    job_count,
)


def new(
    suite: Annotated[str, typer.Argument(help="Which suite, e.g. merging.")],
    name: Annotated[str, typer.Argument(help="The method's name, e.g. my_method.")],
    methods_dir: Annotated[
        Path | None,
        typer.Option(
            "--methods-dir",
            metavar="DIR",
            help="Write DIR/SUITE/NAME.py, not methods/SUITE/NAME.py.",
        ),
    ] = None,
) -> None:
    """Write a commented method's file that runs as it is, to begin with.

    Examples:

        python -m bench new merging my_method

        python -m bench new merging my_method --methods-dir ~/mine
    """
    from commands.scaffold import shown_path, write_method

    there = [methods_dir] if methods_dir and any(methods_dir.glob("*/[!_]*.py")) else []
    shown = shown_path(write_method(read_catalogue(there), suite, name, methods_dir))
    print(
        f"Wrote {shown}, a method that runs as it is. Next:\n"
        f"  nox -s try -- {shown}    (or: python -m bench try {shown})\n"
        "  edit it, and try again: only what you edited runs anew\n"
        "  docs/tasks.md lists what a method may ask for; CONTRIBUTING.md tells how to send it"
    )


def try_(
    file: Annotated[Path, typer.Argument(help="The method's file, wherever it lies.")],
    suite: Annotated[
        str, typer.Option("--suite", metavar="NAME", help="Its suite, if its folder doesn't tell.")
    ] = "",
    task: TaskOption = [],
    tier: TierOption = "small",
    seeds: SeedsOption = None,
    tuned: Annotated[
        bool, typer.Option("--tuned", help="Try it with hyperparameters tuned, too.")
    ] = False,
    jobs: JobsOption = 0,
    store: StoreOption = None,
    methods_dir: DirsOption = [],
    suites_dir: SuitesDirsOption = [],
    as_json: JsonOption = False,
) -> None:
    """Try one method: check it, run it, and tell how far it is from every baseline.

    Checks the file and, on a tiny problem, the suite's contract; runs the method; prints its
    paired difference to every other method of its track with the 95% interval and a verdict:
    better, worse or can't tell; and what it cost. Baselines are served from the store or from
    reports/published where they are current, and run where they aren't.

    Without --task it tries every task of the suite whose assets are built (the first one where
    none is), at all seeds of the tier, and says what it left out.

    Exit code 0: it was tried; 1: it broke the contract or a run of it failed; 2: wrong usage, or a
    mistake in the file.

    Examples:

        python -m bench try methods/merging/my_method.py

        python -m bench try ~/mine/idea.py --suite merging --task compose-near --tuned

        python -m bench try methods/merging/my_method.py --tier smoke
    """
    from commands.trying import try_method

    variants = ["default", "tuned"] if tuned else ["default"]
    selection = Selection(chosen_tier(tier), (), task, (), variants, (), seeds)
    opened = Store(store or store_path())
    found, entry = with_file(read_catalogue(methods_dir, suites_dir), file, suite)
    published = read_published(PUBLISHED) if PUBLISHED.is_dir() else []
    raise typer.Exit(
        try_method(found, entry, selection, opened, published, job_count(jobs), as_json)
    )

"""The commands for who adds a method: `new` and `try`.

Here: their options, and which piece of the engine answers them. Not here: the other commands, and
the program (commands.cli).
"""

from __future__ import annotations

import shlex
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
    SeedOption,
    SeedsOption,
    StoreOption,
    SuitesDirsOption,
    TaskOption,
    TierOption,
    WaitOption,
    chosen_tier,
    job_count,
)


def new(
    suite: Annotated[str, typer.Argument(help="Which suite, e.g. merging.")] = "",
    name: Annotated[str, typer.Argument(help="The method's name, e.g. my_method.")] = "",
    new_suite: Annotated[
        str,
        typer.Option("--suite", metavar="NAME", help="Write a new suite of that name instead."),
    ] = "",
    methods_dir: Annotated[
        Path | None,
        typer.Option(
            "--methods-dir",
            metavar="DIR",
            help="Write the method's file to DIR/SUITE/NAME.py, not methods/SUITE/NAME.py.",
        ),
    ] = None,
    suites_dir: Annotated[
        Path | None,
        typer.Option(
            "--suites-dir",
            metavar="DIR",
            help="Where the method's suite is; the new suite becomes DIR/NAME, not suites/NAME.",
        ),
    ] = None,
    track: Annotated[
        str,
        typer.Option(
            "--track",
            metavar="TRACK",
            help="The ranking that the method is for, where a suite's rankings differ in what a "
            "method returns, e.g. distill of selection.",
        ),
    ] = "",
) -> None:
    """Write a method's file, or a suite, that runs as it is, to begin with.

    docs/write-a-suite.md walks through the files of a suite.

    Examples:

        python -m bench new merging my_method

        python -m bench new merging my_method --methods-dir ~/mine

        python -m bench new selection my_method --track distill

        python -m bench new --suite my_suite --suites-dir ~/suites
    """
    if new_suite and (suite or methods_dir or track):
        raise typer.BadParameter(
            "--suite NAME writes a suite: give no method, no --track and no --methods-dir."
        )
    if not new_suite and not (suite and name):
        raise typer.BadParameter("name a suite and a method, or write a suite with --suite NAME.")
    if new_suite:
        _new_suite(new_suite, suites_dir)
    else:
        _new_method(suite, name, methods_dir, [suites_dir] if suites_dir else [], track)


def _new_method(
    suite: str, name: str, methods_dir: Path | None, suites_dirs: list[Path], track: str
) -> None:
    from commands.scaffold import shown_path, write_method

    there = [methods_dir] if methods_dir and any(methods_dir.glob("*/[!_]*.py")) else []
    known = read_catalogue(there, suites_dirs)
    shown = shown_path(write_method(known, suite, name, methods_dir, track))
    command = shlex.join([shown, *(f"--suites-dir={folder}" for folder in suites_dirs)])
    print(
        f"Wrote {shown}, a method that runs as it is. Next:\n"
        f"  nox -s try -- {command}    (or: python -m bench try {command})\n"
        "  edit it, and try again: only what you edited runs anew\n"
        "  docs/tasks.md lists what a method may ask for; CONTRIBUTING.md tells how to send it"
    )


def _new_suite(name: str, suites_dir: Path | None) -> None:
    from commands.scaffold import shown_path
    from commands.scaffold_suite import write_suite

    # nothing may be there yet, and a folder without suites is refused as a --suites-dir
    there = [suites_dir] if suites_dir and any(suites_dir.glob("[!_]*/definition.py")) else []
    folders = write_suite(read_catalogue((), there), name, suites_dir)
    place = f"--suites-dir {shlex.quote(str(suites_dir))} " if suites_dir else ""
    print(
        f"Wrote {' and '.join(map(shown_path, folders))}, a suite that runs as it is. Next:\n"
        f"  python -m bench run {place}--suite {name} --tier smoke\n"
        "  docs/write-a-suite.md says what each file is for, and in which order to edit them"
    )


def try_(
    file: Annotated[Path, typer.Argument(help="The method's file, wherever it lies.")],
    suite: Annotated[
        str, typer.Option("--suite", metavar="NAME", help="Its suite, if its folder doesn't tell.")
    ] = "",
    task: TaskOption = [],
    tier: TierOption = "small",
    seeds: SeedsOption = None,
    seed: SeedOption = [],
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Run the method again where a record would serve.")
    ] = False,
    tuned: Annotated[
        bool, typer.Option("--tuned", help="Try it with hyperparameters tuned, too.")
    ] = False,
    jobs: JobsOption = 0,
    wait: WaitOption = True,
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

    Without --task it tries every task that the method can enter and whose assets are built (the
    first that it can enter where none is), at all seeds of the tier, and says what it left out.

    Exit code 0: it was tried; 1: it broke the contract, a run of it failed, or there is no verdict;
    2: wrong usage, or a mistake in the file.

    Examples:

        python -m bench try methods/merging/my_method.py

        python -m bench try ~/mine/idea.py --suite merging --task compose-near --tuned

        python -m bench try methods/merging/my_method.py --tier smoke
    """
    from commands.trying import Trial

    variants = ["default", "tuned"] if tuned else ["default"]
    selection = Selection(chosen_tier(tier), (), task, (), variants, seed, seeds)
    opened = Store(store or store_path())
    known, method = with_file(read_catalogue(methods_dir, suites_dir), file, suite)
    published = read_published(PUBLISHED) if PUBLISHED.is_dir() else []
    trial = Trial(known, method, selection, opened, published, job_count(jobs), fresh, wait)
    raise typer.Exit(trial.run(as_json))

"""The commands for who keeps the records: `carry` and `audit`.

Here: their options. Not here: their steps (commands.carry, commands.auditing), the other commands,
and the program (commands.cli).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from bench.records.published import PUBLISHED
from bench.records.published import read as read_published
from commands.catalogue import read_catalogue
from commands.options import (
    DirsOption,
    JobsOption,
    JsonOption,
    SuitesDirsOption,
    TierOption,
    chosen_tier,
    job_count,
)


def carry(
    start: Annotated[
        str, typer.Option("--from", metavar="COMMIT", help="Whose records are to stand.")
    ],
    quick: Annotated[
        bool, typer.Option("--quick", help="One run of each method and variant, not of each task.")
    ] = False,
    unexecuted: Annotated[
        list[str],
        typer.Option(
            "--unexecuted",
            metavar="FILE:FUNCTION",
            help="A changed function that no run of the sample need execute; may be repeated.",
        ),
    ] = [],
    tier: TierOption = "small",
    jobs: JobsOption = 0,
) -> None:
    """Prove that a refactor changed no figure, so that the records made before it stand.

    Makes a stratified sample of runs with the code of COMMIT and with the code here, on this
    machine: one seed of every task, method and variant that the change can touch, and every
    published record without a result. Compares status, reason, metrics, details, costs and the
    digest of what each method returned; every changed function must be seen to run. Where all is
    alike, writes a link to reports/published/carried/: commit it with the change. A difference
    carries nothing of its method, and nothing at all where shared code changed.

    Exit code 0: carried, or nothing to carry; 1: something differs; 2: wrong usage.

    Examples:

        python -m bench carry --from HEAD~1 --quick

        python -m bench carry --from v1.2 --unexecuted bench/contract/job.py:Run.place
    """
    from commands.carry import Request
    from commands.carry import carry as prove

    level = "quick" if quick else "whole"
    request = Request(start, chosen_tier(tier), level, job_count(jobs), unexecuted)
    raise typer.Exit(prove(request))


def audit(
    sample: Annotated[int, typer.Option("--sample", min=1, help="How many records.")] = 5,
    rows: Annotated[
        int, typer.Option("--rows", min=0, help="How many rows of each shipped table.")
    ] = 1,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of the drawing.")] = 0,
    tier: TierOption = "small",
    jobs: JobsOption = 0,
    published: Annotated[
        Path,
        typer.Option("--published", metavar="DIR", show_default="reports/published", help="Where."),
    ] = PUBLISHED,
    methods_dir: DirsOption = [],
    suites_dir: SuitesDirsOption = [],
    as_json: JsonOption = False,
) -> None:
    """Make a random sample of the published records again, and compare.

    Identical: the same digits. Alike: made on another kind of machine, and within the spread
    that the cell has over its seeds; outside: not so. Different: on the same kind of machine,
    and not the same. Exit code 1 for a difference, or for more figures outside than chance
    allows. Records that stand on a proof of `carry` are drawn first, and a difference deletes
    the proof. A record whose data aren't here, or whose run the machine fails, can't be made
    again; that is said, and counts for neither, unless it is so of all. Of each table that is
    shipped with the repository some rows are computed anew by the command that it names.

    Examples:

        python -m bench audit --sample 10 --seed 7

        python -m bench audit --rows 20
    """
    from commands import auditing, auditing_tables
    from commands.again import DIFFERENT, at_fault

    known, records = read_catalogue(methods_dir, suites_dir), read_published(published)
    pairs = auditing.audit(
        known, records, published, chosen_tier(tier), sample, seed, job_count(jobs)
    )
    audited = auditing_tables.audit_tables(known.suites.values(), rows, seed)
    if as_json:
        document = {
            "audited": [pair.row() for pair in pairs],
            "tables": [row.as_row() for row in audited],
        }
        print(json.dumps(document, indent=1))
    else:
        print(auditing.text(pairs))
        if audited:
            print(auditing_tables.text(audited))
    differs = any(row.verdict == DIFFERENT for row in audited)
    raise typer.Exit(int(differs or bool(at_fault(pairs))))

"""The command for who changes shared code: `carry`.

Here: its options. Not here: its steps (commands.carry), the other commands, and the program
(commands.cli).
"""

from __future__ import annotations

from typing import Annotated

import typer

from commands.options import JobsOption, TierOption, chosen_tier, job_count


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

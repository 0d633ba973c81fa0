"""The options that several commands share, and what is checked of them.

Here: one annotation an option, with its help. Not here: commands (commands.cli).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer
from pydantic import TypeAdapter

from bench.contract.suite import TIERS
from bench.records.record import STANDINGS

Names = list[str]
SuiteOption = Annotated[
    Names, typer.Option("--suite", metavar="NAME", help="Only this suite; may be repeated.")
]
TaskOption = Annotated[
    Names, typer.Option("--task", metavar="NAME", help="Only this task; may be repeated.")
]
MethodOption = Annotated[
    Names, typer.Option("--method", metavar="NAME", help="Only this method or reference.")
]
VariantOption = Annotated[
    Names, typer.Option("--variant", metavar="NAME", help="Only `default` or `tuned`.")
]
TierOption = Annotated[
    str, typer.Option("--tier", metavar="TIER", help="How large: smoke, small or full.")
]
SeedsOption = Annotated[
    int | None,
    typer.Option("--seeds", metavar="N", min=1, help="The first N seeds; by default the tier's."),
]
SeedOption = Annotated[
    list[int], typer.Option("--seed", metavar="K", min=0, help="Just this seed; may be repeated.")
]
JobsOption = Annotated[
    int,
    typer.Option("--jobs", metavar="N", min=0, help="Jobs side by side; 0 for as many as cores."),
]
SchedulerOption = Annotated[
    str,
    typer.Option(
        "--scheduler", metavar="ADDRESS", help="A dask scheduler's address, e.g. tcp://host:8786."
    ),
]
CellsOption = Annotated[
    Path | None,
    typer.Option(
        "--cells",
        metavar="FILE",
        help="Just the cells that a file lists: JSON, [[suite, task, method, variant, seed], ...].",
    ),
]
FreshOption = Annotated[bool, typer.Option("--fresh", help="Run again what would be served.")]
ProveOption = Annotated[
    float,
    typer.Option(
        "--prove",
        metavar="MINUTES",
        min=0,
        help="Then make some of the served published runs again for so long, and compare.",
    ),
]
UnpublishedOption = Annotated[
    bool, typer.Option("--unpublished", help="Serve no published record, only the store's.")
]
WaitOption = Annotated[
    bool,
    typer.Option(
        "--wait/--no-wait",
        help="Wait for another bench on the same home or store and be served by it, or stop.",
    ),
]
StoreOption = Annotated[
    Path | None,
    typer.Option(
        "--store", metavar="FILE", help="The store's file; by default under .weighhouse/."
    ),
]
DirsOption = Annotated[
    list[Path],
    typer.Option(
        "--methods-dir", metavar="DIR", help="A folder of methods laid out like methods/."
    ),
]
SuitesDirsOption = Annotated[
    list[Path],
    typer.Option("--suites-dir", metavar="DIR", help="A folder of suites laid out like suites/."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]


def chosen_tier(name: str) -> str:
    """The tier of that name. Raises typer.BadParameter where there is none."""
    if name not in TIERS:
        raise typer.BadParameter(f"--tier {name}: choose one of {', '.join(TIERS)}.")
    return name


def chosen_standing(name: str) -> str:
    """The standing of that name. Raises typer.BadParameter where there is none."""
    if name not in STANDINGS:
        raise typer.BadParameter(f"--standing {name}: choose one of {', '.join(STANDINGS)}.")
    return name


def chosen_cells(file: Path | None) -> frozenset[tuple[str, str, str, str, int]]:
    """The cells of a file, or none. Raises typer.BadParameter where it lists none."""
    if file is None:
        return frozenset()
    try:
        cells = TypeAdapter(frozenset[tuple[str, str, str, str, int]]).validate_json(
            file.read_bytes()
        )
    except (OSError, ValueError) as error:
        raise typer.BadParameter(
            f"--cells {file}: it can't be read ({str(error).splitlines()[0]}). Write a JSON list "
            "of [suite, task, method, variant, seed]."
        ) from None
    if not cells:
        raise typer.BadParameter(f"--cells {file}: it lists no cell.")
    return cells


def job_count(asked: int) -> int:
    """How many jobs run side by side: as asked, or as many as cores."""
    return asked or len(os.sched_getaffinity(0))

"""The command line of `python -m suites.supernet.truth`.

    python -m suites.supernet.truth build micro201 --jobs 2     all trainings; goes on after a stop
    python -m suites.supernet.truth table micro201              the table of finished shards
    python -m suites.supernet.truth check micro201 --row 7      one row anew, beside the shipped one
    python -m suites.supernet.truth row micro201 --row 7        one row anew, and nothing else

Not here: what the commands call (suites.supernet.truth.build, writing).
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from suites.supernet.truth.plans import PLANS
from suites.supernet.truth.shipped import TABLES
from suites.supernet.truth.table import read_lines

app = typer.Typer(
    help="Ground truth of the suite supernet: trains every listed architecture alone.",
    no_args_is_help=True,
    add_completion=False,
)

ROOT = Path(__file__).resolve().parents[3]


def _known(space: str) -> str:
    if space not in PLANS:
        raise typer.BadParameter(f"there is no space {space!r}; there are {', '.join(PLANS)}")
    return space


SpaceName = Annotated[str, typer.Argument(metavar="SPACE", help=", ".join(PLANS), callback=_known)]
Folder = Annotated[Path, typer.Option(help="Where shards lie.")]
SHARDS = Path(".weighhouse/truth")


@app.command("build")
def build_command(
    space: SpaceName,
    folder: Folder = SHARDS,
    jobs: Annotated[int, typer.Option(min=1, help="Processes, each with one thread.")] = 2,
) -> None:
    """Make what is missing of a space's ground truth. A build that was stopped goes on.

    Example: python -m suites.supernet.truth build micro201 --jobs 2
    """
    from suites.supernet.truth.build import build
    from suites.supernet.truth.shards import StaleShard

    try:
        complete = build(space, folder, jobs)
    except StaleShard as error:
        typer.echo(error, err=True)
        raise typer.Exit(1) from None
    if not complete:
        typer.echo(f"another build has a shard of {space} in hand; it isn't complete", err=True)
        raise typer.Exit(1)


@app.command("table")
def table_command(
    space: SpaceName,
    out: Annotated[Path, typer.Option(help="The file to write, e.g. micro201.csv.gz.")],
    folder: Folder = SHARDS,
) -> None:
    """Write the table of a space whose trainings have all ended, and say its sha256.

    Example: python -m suites.supernet.truth table micro201 --out micro201.csv.gz
    """
    from hashlib import sha256

    from suites.supernet.truth.shards import StaleShard
    from suites.supernet.truth.writing import Unfinished, write_table

    try:
        write_table(space, folder, out)
    except (Unfinished, StaleShard) as error:
        typer.echo(error, err=True)
        raise typer.Exit(1) from None
    typer.echo(f"{sha256(out.read_bytes()).hexdigest()}  {out}")


@app.command("check")
def check_command(
    space: SpaceName,
    row: Annotated[int, typer.Option(min=0, help="Number of the row, from 0.")],
) -> None:
    """Train one architecture anew from each of its seeds, and compare it with the shipped row.

    Prints the names of the columns, the shipped row and the new one. Exits with 1 if a digit
    differs: another processor rounds otherwise, and that too is a difference.

    Example: python -m suites.supernet.truth check micro201 --row 7
    """
    from bench.records.assets import Damaged, shipped_file
    from suites.supernet.truth.writing import Layout, train_row

    last = len(Layout(space).rows) - 1
    if row > last:
        raise typer.BadParameter(f"{space} has rows 0 to {last}", param_hint="--row")
    try:
        header, *lines = read_lines(shipped_file(TABLES[space], ROOT))
    except Damaged as error:
        typer.echo(error, err=True)
        raise typer.Exit(1) from None
    anew = train_row(space, row)
    typer.echo(f"{header}\n{lines[row]}\n{anew}")
    if anew != lines[row]:
        typer.echo(f"row {row} of {space} differs", err=True)
        raise typer.Exit(1)
    typer.echo(f"row {row} of {space} is the same to the last digit", err=True)


@app.command("row")
def row_command(
    space: SpaceName,
    row: Annotated[int, typer.Option(min=0, help="Number of the row, from 0.")],
) -> None:
    """Train one architecture anew from each of its seeds, and print its row of the table.

    Example: python -m suites.supernet.truth row micro201 --row 7
    """
    from suites.supernet.truth.writing import Layout, train_row

    last = len(Layout(space).rows) - 1
    if row > last:
        raise typer.BadParameter(f"{space} has rows 0 to {last}", param_hint="--row")
    typer.echo(train_row(space, row))


def main() -> None:
    """Run the command line."""
    app()

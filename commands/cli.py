"""The command line: `python -m bench COMMAND`.

Here: the program, its commands in the order in which its help lists them, and `docs`, which writes
that help down. Not here: the other commands (commands.runs, commands.results, commands.contributor,
commands.practitioner, commands.maintainer, commands.publishing), errors (commands.errors).
"""

from __future__ import annotations

import sys
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated

import typer

from bench.catalogue.registry import ROOT
from commands.catalogue import read_catalogue
from commands.contributor import new, try_
from commands.errors import explained
from commands.maintainer import audit, carry
from commands.practitioner import apply
from commands.publishing import export, publication
from commands.results import edges, fidelity, list_, power, show, table
from commands.runs import plan, run

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Weighhouse: run methods for weights and data on one scale.",
)
app.command("list")(list_)
app.command()(plan)
app.command()(run)
app.command()(carry)
app.command()(new)
app.command("try")(try_)
app.command()(apply)
app.command()(show)
app.command()(table)
app.command()(power)
app.command()(fidelity)
app.command()(edges)
app.command()(export)
app.command()(publication)
app.command()(audit)


@app.command()
def docs(
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", show_default="docs", help="Where they go.")
    ] = ROOT / "docs",
) -> None:
    """Write the generated pages of docs/: tasks, methods, command line, tables as data.

    Example: python -m bench docs
    """
    from commands import documentation

    pages = documentation.pages(read_catalogue(), typer.main.get_command(app))
    for path in documentation.write(pages, out):
        print(path)


def main(arguments: list[str] | None = None) -> None:
    """The program. What a terminal's alphabet lacks is written as an escape, not refused."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    with explained():
        app(args=arguments, prog_name="python -m bench")

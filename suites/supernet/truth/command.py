"""The command line of `python -m suites.supernet.truth`.

Not here: what it calls (suites.supernet.truth.build).
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from suites.supernet.truth.plans import PLANS

app = typer.Typer(
    help="Ground truth of the suite supernet: trains every listed architecture alone.",
    no_args_is_help=True,
    add_completion=False,
)

SpaceName = Annotated[str, typer.Argument(metavar="SPACE", help=", ".join(PLANS))]


@app.callback()
def _commands() -> None:
    pass


@app.command("build")
def build_command(
    space: SpaceName,
    folder: Annotated[Path, typer.Option(help="Where shards lie.")] = Path(".weighhouse/truth"),
    jobs: Annotated[int, typer.Option(min=1, help="Processes, each with one thread.")] = 2,
) -> None:
    """Make what is missing of a space's ground truth. A build that was stopped goes on.

    Example: python -m suites.supernet.truth build micro201 --jobs 2
    """
    from suites.supernet.truth.build import build

    if not build(space, folder, jobs):
        raise typer.Exit(1)


def main() -> None:
    """Run the command line."""
    app()

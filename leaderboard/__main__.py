"""The command line: `python -m leaderboard build`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(add_completion=False, no_args_is_help=True, rich_markup_mode=None)

EXAMPLES = """Examples:

\b
  python -m leaderboard build --out site
  python -m leaderboard build --store .weighhouse/records.sqlite --out site --tier smoke
  python -m leaderboard build --published reports/published --out /tmp/site
"""


@app.callback()
def main() -> None:
    """Make Weighhouse's static site from records."""


@app.command(epilog=EXAMPLES)
def build(
    out: Annotated[Path, typer.Option(help="Folder to write; replaced if it is a site already.")],
    published: Annotated[Path, typer.Option(help="Folder of published records.")] = Path(
        "reports/published"
    ),
    store: Annotated[
        Path | None, typer.Option(help="Take the current records of this local store instead.")
    ] = None,
    tier: Annotated[str, typer.Option(help="smoke, small or full: a site shows one.")] = "small",
    methods_dir: Annotated[
        list[Path], typer.Option(help="A folder of methods laid out like methods/.")
    ] = [],
    suites_dir: Annotated[
        list[Path], typer.Option(help="A folder of suites laid out like suites/.")
    ] = [],
) -> None:
    """Build the site and print the path of its first page.

    The same records give the same bytes. The folder is written aside and swapped in at the end,
    so that a build that is stopped leaves the old site whole.
    """
    from bench.catalogue.decorated import DeclarationError
    from bench.contract.suite import TIERS
    from bench.records.kept import KeptError
    from bench.records.published import PublishedError
    from bench.records.store import StoreError
    from leaderboard.build import NotASiteError
    from reports.errors import ReportError

    if tier not in TIERS:
        raise typer.BadParameter(f"choose one of {', '.join(TIERS)}", param_hint="--tier")
    try:
        index = _build(out, published, store, tier, methods_dir, suites_dir)
    except (
        DeclarationError,
        KeptError,
        PublishedError,
        StoreError,
        ReportError,
        NotASiteError,
    ) as error:
        print(f"error: {error}", file=sys.stderr)
        raise typer.Exit(2) from None
    print(index)


def _build(
    out: Path,
    published: Path,
    store: Path | None,
    tier: str,
    methods_dirs: list[Path],
    suites_dirs: list[Path],
) -> Path:
    """Write the site; its first page. See `build`."""
    from bench.catalogue.registry import catalogue
    from bench.planning.current import carried_here, current_records
    from bench.records.home import PROOF, home
    from bench.records.kept import folder_of
    from bench.records.published import artefact, content_of
    from bench.records.record import Record
    from leaderboard.build import build as write
    from leaderboard.trust import Trust, read_proof
    from reports.history import history_of, read_history
    from reports.load import from_published

    def kept_published(record: Record, name: str) -> bytes:
        return artefact(record, name, published)

    def kept_here(record: Record, name: str) -> bytes:
        return content_of(record, name, folder_of(home()), published)

    known = catalogue(methods_dirs, suites_dirs)
    for left_out in known.left_out:
        print(f"warning: {left_out.sentence}", file=sys.stderr)
    records = current_records(store, known, tier) if store else from_published(published)
    trust = Trust(carried_here(records, known, tier), read_proof(home() / PROOF, tier))
    history = () if store else read_history(history_of(published))
    return write(records, known, tier, out, kept_here if store else kept_published, trust, history)


if __name__ == "__main__":
    app(prog_name="python -m leaderboard")

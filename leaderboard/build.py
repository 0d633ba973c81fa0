"""Writes the whole site aside, then swaps it in.

Here: files and folders. Not here: what a page says (leaderboard.pages).
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from bench.records.kept import file_name
from bench.records.record import Record
from leaderboard.kept import Artefact, nothing_kept
from leaderboard.trust import Trust

if TYPE_CHECKING:
    from bench.catalogue.registry import Catalogue
    from reports.history import Publication

MARKER = "weighhouse-site.json"
"""A folder that holds this file is a site of ours, and may be replaced."""

STATIC = Path(__file__).parent / "static"

STYLES = ("base", "tables", "plots", "pages", "kept", "documents", "narrow")
"""The style sheet's parts in the order in which they stand in it; later ones win."""


class NotASiteError(Exception):
    """The folder to write can't become a site, for what it holds or where it lies; nothing was
    touched."""


def build(
    records: Iterable[Record],
    catalogue: Catalogue,
    tier: str,
    out: Path,
    artefact: Artefact = nothing_kept,
    trust: Trust | None = None,
    history: Sequence[Publication] = (),
) -> Path:
    """Build the site.

    Args:
        records: any; those of other tiers and of older task versions are left out.
        catalogue: the suites and methods that have a page, with records or without.
        tier: the one that the site shows.
        out: the folder; made, or replaced where it is a site already.
        artefact: reads a small file that a record keeps, by its name.
        trust: what is known of the records from elsewhere.
        history: the publications up to now, the oldest first.
    Returns:
        The path of its first page.
    Raises:
        NotASiteError: out exists, isn't empty, and isn't a site; or its place can't be written.
        ReportError: a record contradicts its task.
    """
    from leaderboard.documents import documents
    from leaderboard.pages import pages
    from leaderboard.site import gather

    out = out.absolute()
    aside, old = (out.with_name(f".{out.name}.{word}") for word in ("building", "replaced"))
    if old.exists() and not out.exists():  # an earlier build was killed between its two renames
        old.rename(out)
    _refuse(out)
    site = gather(records, catalogue, tier, trust, artefact, history)
    held = documents()
    for leftover in (aside, old):
        shutil.rmtree(leftover, ignore_errors=True)
    shutil.copytree(STATIC, aside / "static")
    (aside / "static" / "site.css").write_text(style_sheet(), encoding="utf-8")
    for path, text in pages(site, held):
        file = aside / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    for picture in {file for one in held for file in one.pictures}:
        shutil.copy(picture, aside / "docs" / picture.name)
    _copy_kept(site.records, artefact, aside)
    marker = {"tier": tier, "published": site.published, "commit": site.commit}
    (aside / MARKER).write_text(json.dumps(marker, indent=1) + "\n", encoding="utf-8")
    if out.exists():
        out.rename(old)
    os.rename(aside, out)
    shutil.rmtree(old, ignore_errors=True)
    return out / "index.html"


def _copy_kept(records: Iterable[Record], artefact: Artefact, folder: Path) -> None:
    """Copy what the records keep, the same content once a suite."""
    for record in records:
        for name, entry in record.artefacts.items():
            file = folder / record.suite / "kept" / file_name(name, entry["digest"])
            if not file.exists():
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(artefact(record, name))


def style_sheet() -> str:
    """The site's one style sheet."""
    folder = Path(__file__).parent / "styles"
    return "".join((folder / f"{name}.css").read_text(encoding="utf-8") for name in STYLES)


def _refuse(out: Path) -> None:
    """Raise unless out may be written: aside, in the same folder, and then renamed."""
    if out.exists() and not out.is_dir():
        raise NotASiteError(f"{out} is a file. Name a folder with --out.")
    if out.is_mount():
        raise NotASiteError(
            f"{out} is a mount point, which can't be swapped for the new site. Name a folder in it "
            f"with --out, such as {out / 'site'}."
        )
    if out.is_dir() and any(out.iterdir()) and not (out / MARKER).is_file():
        raise NotASiteError(
            f"{out} holds files and no {MARKER}, so it isn't a site that may be replaced. "
            "Name another folder with --out, or empty it."
        )
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        TemporaryDirectory(dir=out.parent).cleanup()
    except OSError as error:
        raise NotASiteError(
            f"{out.parent}: the site can't be made in this folder ({error.strerror}). Name one "
            "elsewhere with --out."
        ) from None

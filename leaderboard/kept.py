"""The files that runs keep, as pages show them: pictures with captions, downloads, maps of a pool.

Here: which files of a record are pictures, how large they are drawn, and which stand side by side
on a method's page. Not here: the files themselves (bench.records.kept), where a map's rectangles
stand (leaderboard.treemap), HTML (templates/kept.html).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from bench.contract.suite import Task
from bench.records.kept import file_name
from bench.records.record import Record
from leaderboard.treemap import PoolMap, read_map
from reports.digits import with_unit
from reports.errors import ReportError

Artefact = Callable[[Record, str], bytes]
"""Reads a small file that a record keeps, by its name."""

BASELINE = "random"
"""The reference whose pictures stand beside a method's."""

CAPTIONS = {
    "chosen.png": "Chosen, a row a class",
    "made.png": "Made, a row a class",
    "extremes.png": "Scored lowest and highest",
}
"""What a picture of that name shows; any other is called by its name."""

MAP = "map.json"
"""The pool by class and score, with what was chosen of it: leaderboard.treemap says how."""

WIDEST, TALLEST, MOST = 560, 900, 8
"""A picture is enlarged by whole numbers, to so many CSS pixels across and down, and so many times,
at most."""

PNG = b"\x89PNG\r\n\x1a\n"


def nothing_kept(record: Record, name: str) -> bytes:
    """For records that keep no files. Raises ReportError where one does."""
    raise ReportError(f"record {record.key} keeps {name}, but the site wasn't told where it lies")


@dataclass(frozen=True)
class Picture:
    """An image that a run left.

    Attributes:
        name: as its run called it.
        file: its name in the suite's `kept/`.
        caption: what it shows.
        width, height: how large it is drawn, CSS pixels; None where its file doesn't tell.
    """

    name: str
    file: str
    caption: str
    width: int | None
    height: int | None


@dataclass(frozen=True)
class Pair:
    """A picture of a method's run, and that of the same name of the baseline's, if there is one."""

    own: Picture
    run: Record
    other: Picture | None
    other_run: Record | None


def files(record: Record) -> list[dict[str, Any]]:
    """The small files that a run left: `name`, `file` in the suite's `kept/`, `size`."""
    return [
        {
            "name": name,
            "file": file_name(name, entry["digest"]),
            "size": " ".join(with_unit(float(entry["bytes"]), "B")),
        }
        for name, entry in sorted(record.artefacts.items())
    ]


def pictures(record: Record, artefact: Artefact) -> list[Picture]:
    """The images that a run left, those with a caption of their own first."""
    order = {name: place for place, name in enumerate(CAPTIONS)}
    names = (name for name in record.artefacts if name.endswith(".png"))
    found = []
    for name in sorted(names, key=lambda name: (order.get(name, len(order)), name)):
        width, height = _drawn(artefact(record, name))
        file = file_name(name, record.artefacts[name]["digest"])
        found.append(Picture(name, file, CAPTIONS.get(name, name), width, height))
    return found


def pool_map(record: Record, artefact: Artefact) -> PoolMap | None:
    """The map that a run left; None without one, or where it can't be drawn: it is a download."""
    if MAP not in record.artefacts:
        return None
    try:
        return read_map(artefact(record, MAP))
    except ValueError:
        return None


def side_by_side(
    records: Iterable[Record], tasks: Sequence[Task], method: str, artefact: Artefact
) -> list[tuple[Task, list[Pair]]]:
    """For each task the pictures of a method's first default run, beside the baseline's.

    Args:
        records: of the suite, the baseline's among them.
    Returns:
        Those tasks on which the method's run left a picture.
    """
    first = {
        (r.method, r.task): r
        for r in records
        if r.seed == 0 and r.variant == "default" and r.status == "ok"
    }
    found = []
    for task in tasks:
        run, other_run = first.get((method, task.name)), first.get((BASELINE, task.name))
        if run is None:
            continue
        if method == BASELINE or other_run is None or other_run.kind != "reference":
            other_run = None
        others = {p.name: p for p in pictures(other_run, artefact)} if other_run else {}
        pairs = [Pair(p, run, others.get(p.name), other_run) for p in pictures(run, artefact)]
        if pairs:
            found.append((task, pairs))
    return found


def _drawn(content: bytes) -> tuple[int, int] | tuple[None, None]:
    """Width and height of a PNG, times the whole number by which it is enlarged."""
    if content[:8] != PNG or len(content) < 24:
        return None, None
    width, height = (int.from_bytes(content[at : at + 4], "big") for at in (16, 20))
    times = max(1, min(MOST, WIDEST // max(1, width), TALLEST // max(1, height)))
    return times * width, times * height

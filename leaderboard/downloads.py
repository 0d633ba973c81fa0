"""The tables that a site offers as files: which, their paths, the links to them.

Not here: pages (leaderboard.pages), formats (reports.formats).
"""

from __future__ import annotations

from collections.abc import Iterator

from leaderboard import shown
from leaderboard.site import SuiteData
from reports.board import Board
from reports.formats import FORMATS, render
from reports.runs import runs_table
from reports.tables import heat_map, quality_against_cost

SUFFIXES = {"csv": "csv", "json": "json", "latex": "tex", "markdown": "md"}
"""Formats offered for download, and their files' endings."""


def files(data: SuiteData) -> Iterator[tuple[str, str]]:
    """Each table in each format under data/."""
    name = data.suite.name
    tables = {} if data.table is None else {name: data.table}
    for board in data.scored:
        first = stem(data, board)
        tables[f"{first}-cost"] = quality_against_cost(board, board.ranked)
        tables[f"{first}-tasks"] = heat_map(board)
    for task in data.tasks:
        tables[f"{name}-{shown.slug(task.name)}"] = data.task_tables[task.name]
    if data.records:
        tables[f"{name}-runs"] = runs_table(data.records, counters=data.suite.counters)
    for name, table in tables.items():
        for form, suffix in SUFFIXES.items():
            yield f"data/{name}.{suffix}", render(table, form)


def stem(data: SuiteData, board: Board) -> str:
    """What a track's downloads start with: the suite's name, and the track's after the first."""
    first = board.track.name == data.suite.tracks[0].name
    return data.suite.name if first else f"{data.suite.name}-{shown.slug(board.track.name)}"


def links(name: str) -> list[tuple[str, str]]:
    titles = {"csv": "CSV", "json": "JSON", "latex": "LaTeX", "markdown": "Markdown"}
    return [(titles[f], f"data/{name}.{suffix}") for f, suffix in SUFFIXES.items() if f in FORMATS]

"""reports.places: where one method stands, over the suite and task by task."""

from __future__ import annotations

import pytest

from reports.board import boards
from reports.formats import as_text
from reports.places import places
from reports.tables import suite_table, task_table
from tests.reports.invented import catalogue, records, suite

SUITE = suite()
RECORDS = records(SUITE)
CATALOGUE = catalogue(SUITE)


def test_each_row_is_that_of_the_leaderboard_s_own_table() -> None:
    tracks = boards(RECORDS, CATALOGUE, "invented", "small")
    tables = {"all ranked tasks": suite_table([board for board in tracks if board.scored])}
    tables |= {task.title: task_table(tracks, task) for task in SUITE.tasks}
    found = places(RECORDS, CATALOGUE, "invented", "strong", "small").rows()
    assert found[0]["where"] == "all ranked tasks"
    assert {row["where"] for row in found} <= set(tables)
    for row in found:
        own = [
            shown
            for shown in tables[row["where"]].values
            if (shown["method"], shown["variant"]) == ("strong", row["variant"])
        ]
        assert [row[name] for name in ("rank", "score", "flops")] == [
            pytest.approx(own[0][name]) for name in ("rank", "score", "flops")
        ]


def test_a_rank_is_told_with_how_many_it_is_among() -> None:
    tracks = boards(RECORDS, CATALOGUE, "invented", "small")
    (single,) = (board for board in tracks if board.track.name == "single")
    first = places(RECORDS, CATALOGUE, "invented", "strong", "small").rows()[0]
    assert first["of"] == len(single.rows)


def test_the_text_says_where_the_figures_come_from() -> None:
    text = as_text(places(RECORDS, CATALOGUE, "invented", "strong", "small"))
    assert "Rank, score and their intervals are the leaderboard's" in text

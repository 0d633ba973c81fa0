"""reports.neighbours: the lead, and the rows above and below, by the ranking's own tests."""

from __future__ import annotations

import pytest

from reports.board import boards
from reports.neighbours import neighbours
from reports.ranking import ranking
from tests.reports.invented import catalogue, records, suite


@pytest.fixture(scope="module")
def board():
    of = suite()
    return boards(records(of), catalogue(of), "invented", "small")[0]


def test_a_row_stands_beside_the_lead_and_the_rows_next_to_it(board):
    names = [one.row.name for one in ranking(board, board.ranked)]
    found = {name: [(n.other.row.name, n.where) for n in neighbours(board, board.ranked, name)]
             for name in names}  # fmt: skip
    assert found[names[0]] == [(names[1], "below")]
    assert found[names[1]] == [(names[0], "lead"), (names[2], "below")]
    assert found[names[2]] == [(names[0], "lead"), (names[1], "above"), (names[3], "below")]
    assert found[names[-1]] == [(names[0], "lead"), (names[-2], "above")]


def test_what_is_said_is_what_the_ranks_say(board):
    ranked = {one.row.name: one for one in ranking(board, board.ranked)}
    for name, own in ranked.items():
        for one in neighbours(board, board.ranked, name):
            interval = one.contrast.interval
            assert (one.verdict == "worse") == (interval.high < 0)
            assert (one.verdict == "better") == (interval.low > 0)
            if one.where == "lead" and own.behind is not None:
                assert one.contrast == own.behind


def test_a_row_without_a_rank_has_none(board):
    assert neighbours(board, board.ranked, "joint") == []

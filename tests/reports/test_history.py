"""reports.history: publications, and what changed from one to the next."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from bench.records.record import Record
from reports.board import boards
from reports.errors import ReportError
from reports.history import Move, Place, Publication, changes, publication, read_history
from reports.ranking import ranking
from tests.reports import invented

SUITE = invented.suite()
RECORDS = invented.records(SUITE)


def published(records: Sequence[Record], note: str = "") -> Publication:
    catalogue = invented.catalogue(SUITE)
    return publication(records, boards(records, catalogue, SUITE.name, "small"), note)


def test_a_publication_holds_every_row_s_place() -> None:
    [single, *_] = boards(RECORDS, invented.catalogue(SUITE), SUITE.name, "small")
    found = published(RECORDS).places["invented"]["single"]
    for one in ranking(single, single.ranked):
        place = Place(one.place.rank, one.place.last, one.score.mean)
        assert found[one.row.label] == place


def test_it_is_read_as_it_was_written(tmp_path: Path) -> None:
    one = published(RECORDS, "A note.")
    file = tmp_path / "publications.jsonl"
    file.write_text(one.to_json() + "\n", encoding="utf-8")
    assert read_history(file) == (one,)


def test_the_same_records_in_another_order_are_the_same_publication() -> None:
    assert published(RECORDS) == published(RECORDS[::-1])


def test_one_other_figure_is_another_publication() -> None:
    fewer = published(RECORDS[1:])
    assert fewer.digest != published(RECORDS).digest
    assert fewer.id != published(RECORDS).id


def test_a_method_s_records_add_and_take_away_its_rows() -> None:
    without = [r for r in RECORDS if r.method != "strong"]
    older, newer = published(without), published(RECORDS)
    [change] = [c for c in changes(older, newer) if c.track == "single"]
    assert [m.row for m in change.moves if m.before is None] == ["Strong"]
    [change] = [c for c in changes(newer, older) if c.track == "single"]
    assert [m.row for m in change.moves if m.after is None] == ["Strong"]


def test_nothing_changes_from_a_publication_to_itself() -> None:
    assert changes(published(RECORDS), published(RECORDS)) == []


def test_a_new_task_is_named_with_its_version() -> None:
    older = published([r for r in RECORDS if r.task != "far"])
    assert all(c.tasks == ("far@1",) for c in changes(older, published(RECORDS)))


def test_another_score_alone_is_no_matter_of_ranks() -> None:
    place = Place(1, 2, 0.5)
    assert not Move("a", place, Place(1, 2, 0.6)).ranks
    assert Move("a", place, Place(2, 2, 0.5)).ranks


def test_a_line_that_is_no_publication_is_named(tmp_path: Path) -> None:
    file = tmp_path / "publications.jsonl"
    file.write_text("{}\n", encoding="utf-8")
    with pytest.raises(ReportError, match="line 1 isn't a publication"):
        read_history(file)


def test_without_a_file_there_is_no_history(tmp_path: Path) -> None:
    assert read_history(tmp_path / "publications.jsonl") == ()

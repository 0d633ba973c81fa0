"""leaderboard.changes: what a publication changed, as a page and as a feed."""

from pathlib import Path
from xml.etree import ElementTree

from leaderboard.build import build
from leaderboard.changes import entries, feed, moved
from reports.history import Move, Place, Publication
from tests.reports import invented

FIRST = Publication(
    "2026-01-01-aaaa", "2026-01-01", "c1", "aaaa", 10, {"s": ["a@1"]},
    {"s": {"t": {"Kept": Place(1, 2, 0.5), "<gone>": Place(2, 2, 0.4)}}},
)  # fmt: skip
SECOND = Publication(
    "2026-01-02-bbbb", "2026-01-02", "c2", "bbbb", 20, {"s": ["a@1", "b@1"]},
    {"s": {"t": {"Kept": Place(2, 2, 0.5), "New": Place(1, 1, 0.9)}}}, "A <note>.",
)  # fmt: skip
ATOM = "{http://www.w3.org/2005/Atom}"


def test_the_newest_comes_first_and_says_in_one_sentence_what_it_changed() -> None:
    newest, oldest = entries([FIRST, SECOND])
    assert newest.publication is SECOND
    assert newest.summary == (
        "1 new row, 1 row gone, 1 row with another rank, 1 new task; 20 records."
    )
    assert oldest.summary == "The first publication: 10 records."


def test_a_move_is_said_with_both_places() -> None:
    assert moved(Move("x", Place(5, 9, 0.4), Place(3, 4, 0.45))) == (
        "rank 3, was 5; score 0.450, was 0.400"
    )
    assert moved(Move("x", None, Place(3, 4, 0.45))) == "new: rank 3, score 0.450"
    assert moved(Move("x", Place(3, 4, 0.45), None)) == "no longer ranked"


def test_the_feed_is_atom_with_an_entry_a_publication() -> None:
    root = ElementTree.fromstring(feed(entries([FIRST, SECOND])))
    found = root.findall(f"{ATOM}entry")
    assert [e.findtext(f"{ATOM}id") for e in found] == [
        "tag:weighhouse,2026:2026-01-02-bbbb",
        "tag:weighhouse,2026:2026-01-01-aaaa",
    ]
    assert root.findtext(f"{ATOM}updated") == "2026-01-02T00:00:00Z"
    assert "A <note>." in (found[0].findtext(f"{ATOM}content") or "")


def test_a_site_without_a_history_has_an_empty_feed() -> None:
    assert ElementTree.fromstring(feed(entries([]))).findall(f"{ATOM}entry") == []


def test_each_publication_has_its_place_on_the_page(tmp_path: Path) -> None:
    of = invented.suite()
    history = (FIRST, SECOND)
    build(invented.records(of), invented.catalogue(of), "small", tmp_path / "site", history=history)
    page = (tmp_path / "site/changes.html").read_text()
    for one in history:
        assert f'id="{one.id}"' in page
    assert "&lt;gone&gt;" in page
    assert "rank 2, was 1" in page

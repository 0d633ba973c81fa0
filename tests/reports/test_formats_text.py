"""A table as text: it fits 100 columns, whatever is in it."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from reports.board import boards
from reports.formats import Layout, render
from reports.formats.text import wrapped
from reports.frame import Column, Table
from reports.tables import task_table
from tests.reports import invented_nets
from tests.reports.published_tables import published_tables
from tests.reports.test_formats import TABLE, WORDS

WIDTH = 100
LONG = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=80)


def widest(text: str) -> int:
    return max(map(cell_len, text.split("\n")))


@pytest.mark.parametrize("name", published_tables())
def test_the_text_of_every_published_table_fits(name: str) -> None:
    assert widest(render(published_tables()[name], "text")) <= WIDTH


def row_of(label: str, needs: str, metrics: list[float]) -> dict[str, object]:
    """A row of the widest figures: flags, shared ranks, wide intervals, long needs."""
    row: dict[str, object] = {
        "label": label,
        "needs": needs,
        "track": "one",
        "kind": "method",
        "role": "",
        "rank": 118,
        "tied": True,
        "rank_low": 118,
        "rank_high": 234,
        "score": -12.5,
        "score_low": -1e3,
        "score_high": 1e3,
        "behind": -0.123456,
        "behind_low": -0.123567,
        "behind_high": -0.123345,
        "behind_in": "a long metric's title",
        "flops": 1.23e17,
        "unmetered": 1,
        "seconds": 123456.0,
        "failed": 250,
        "tasks_failed": 25,
        "coverage": "24 of 25",
    }
    for i, value in enumerate(metrics):
        row |= {f"order.metric{i}": value, f"order.metric{i}_absent": 25}
        row |= {f"order.metric{i}_low": value - 0.1, f"order.metric{i}_high": value + 0.1}
    return row


@settings(deadline=None)
@given(
    labels=st.lists(LONG, min_size=1, max_size=4),
    needs=st.lists(st.from_regex("[a-z_]{1,40}", fullmatch=True), max_size=12, unique=True),
    titles=st.lists(LONG, max_size=3),
    title=LONG,
    note=st.lists(WORDS, max_size=40).map(" ".join),
)
def test_a_table_of_long_names_and_wide_figures_fits(
    labels: list[str], needs: list[str], titles: list[str], title: str, note: str
) -> None:
    values = [-12345.678] * len(titles)
    metrics = [f"metric{i}" for i in range(len(titles))]
    columns = (
        Column("rank", "Rank", "place"),
        Column("label", "Method"),
        *(Column(f"order.{m}", t, "estimate") for m, t in zip(metrics, titles, strict=True)),
        Column("score", "Score: " + title, "estimate", least=1),
        Column("behind", "Behind the lead", "behind"),
        Column("coverage", "Tasks"),
        Column("flops", "FLOPs", "flops"),
        Column("seconds", "Time", "seconds"),
        Column("needs", "Needs", "needs"),
    )
    rows = [row_of(label, " ".join(needs), values) for label in labels]
    main = tuple(column.name for column in columns)
    table = Table(
        title, tuple(rows[0]), rows, columns, (note,), main,
        tracks={"one": title}, needs=dict.fromkeys(needs, title),
    )  # fmt: skip
    text = render(table, "text")
    assert widest(text) <= WIDTH


@given(WORDS, st.integers(4, 40))
def test_wrapping_loses_nothing_but_spaces(text: str, width: int) -> None:
    lines = wrapped(text, width)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(cell_len(line) <= width for line in lines)


def test_a_long_label_goes_on_in_the_next_line() -> None:
    lines = render(published_tables()["hypernet"], "text").splitlines()
    at = next(
        i for i, line in enumerate(lines) if "NeuMeta, INR + ordered" in line and "FLOP" in line
    )
    assert lines[at + 1].split() == ["teacher"]
    assert lines[at + 1].index("teacher") == lines[at].index("NeuMeta")


def test_columns_are_aligned_in_all_tracks_alike() -> None:
    text = render(replace(TABLE, said=dict), "text").partition("\nNeeds:")[0]
    heads = [line for line in text.splitlines() if line.lstrip().startswith("Rank  ")]
    rules = [line for line in text.splitlines() if line.startswith("---")]
    assert len(heads) == len(rules) == 2
    assert len(set(heads)) == len(set(rules)) == 1
    gaps = [i for i, letter in enumerate(rules[0]) if letter == " "]
    for line in text.splitlines()[4:]:
        if line and line != rules[0] and "models" not in line:
            assert all(line[i : i + 1] in ("", " ") for i in gaps)


def test_digits_stop_at_the_interval_and_failures_are_flagged() -> None:
    wide = render(TABLE, "text", Layout(wide=True))
    flaky = next(line for line in wide.splitlines() if "Flaky" in line)
    assert "†2 0.1 (−0.1 to 0.2)" in flaky
    assert "1= (1–2)  Even stronger" in wide


def test_a_main_table_has_one_digit_more_as_it_has_no_interval() -> None:
    flaky = next(line for line in render(TABLE, "text").splitlines() if "Flaky" in line)
    assert "  †2 0.07  " in flaky


def test_unmetered_work_is_marked_at_its_flops_and_explained() -> None:
    text = render(TABLE, "text")
    assert "‡ 21 GFLOP" in next(x for x in text.splitlines() if "Even stronger  " in x)
    assert "so they did unmetered work: Even stronger." in " ".join(text.split())


def test_metrics_that_rows_are_ranked_by_stand_beside_the_score_and_fit() -> None:
    of_nets = boards(invented_nets.records(), invented_nets.catalogue(), "invented", "small")
    table = task_table(of_nets, invented_nets.tasks()[0])
    text = render(table, "text")
    assert widest(text) <= WIDTH
    heads = " ".join(render(replace(table, said=dict), "text").splitlines()[2:5])
    for title in ("Failures", "Score:", "Sensitivity", "Behind the", "FLOPs", "Needs"):
        assert title in heads
    assert " in quality" in " ".join(text.split())


def test_a_wide_table_is_as_wide_as_it_needs_to_be() -> None:
    text = render(TABLE, "text", Layout(wide=True))
    assert widest(text) > WIDTH
    assert len([x for x in text.splitlines() if "Even stronger  " in x]) == 1

"""Which columns and rows of a table a reader is shown, and which letters needs have."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.errors import ReportError
from reports.formats import Layout, render
from reports.formats.layout import chosen_columns, need_letters, sections
from tests.reports.published_tables import published_tables
from tests.reports.test_formats import TABLE, small


def choices(layout: Layout) -> list[str]:
    return [column.choice for column in chosen_columns(TABLE, layout)]


def test_a_table_leads_with_rank_method_score_behind_flops_time_and_needs() -> None:
    main = ["rank", "method", "score", "behind", "flops", "seconds", "needs"]
    assert choices(Layout()) == main


def test_a_wide_table_has_every_column_that_the_main_one_has_and_more() -> None:
    wide = choices(Layout(wide=True))
    assert set(choices(Layout())) < set(wide)
    assert {"mean_rank", "peak_memory", "standing", "statuses", "score.near"} <= set(wide)


def test_columns_are_shown_as_asked_for_each_once() -> None:
    assert choices(Layout(columns=("score", "method", "score"))) == ["score", "method"]


def test_the_interval_over_new_tasks_is_shown_only_when_asked_for() -> None:
    assert "new_tasks" not in choices(Layout(wide=True))
    text = render(TABLE, "text", Layout(columns=("method", "new_tasks")))
    strong = next(line for line in text.splitlines() if line.startswith("Strong"))
    row = next(r for r in TABLE.rows() if r["label"] == "Strong")
    # two digits of the half-width, as the difference to the lead has
    assert f"{row['new_tasks_low']:.3f}" in strong
    assert f"{row['new_tasks_high']:.3f}" in strong


def test_a_column_that_is_not_there_is_answered_with_those_that_are() -> None:
    with pytest.raises(ReportError) as caught:
        render(TABLE, "text", Layout(columns=("rank", "sore")))
    message = str(caught.value)
    assert message.startswith(
        "There is no column 'sore' in the table 'Suite invented, tier small, 5 seeds'. Choose "
        "from: rank, method, score, behind, "
    )
    assert "new_tasks" in message
    assert "\n" not in message


def test_a_table_without_main_columns_shows_all() -> None:
    table = small([{"label": "a", "score": 1.0}])
    assert chosen_columns(table, Layout()) == table.columns


def test_the_first_methods_are_shown_with_every_reference_and_what_was_left_out_is_said() -> None:
    single, many = sections(TABLE, Layout(top=2))
    assert [r["method"] for r in single.rows if r["kind"] == "method"] == [
        "even_stronger",
        "strong",
    ]
    assert {r["method"] for r in single.rows if r["kind"] == "reference"} == {"joint", "untouched"}
    assert single.omitted == "Single model: the first 2 of 6 methods; 2 have rank 1."
    assert many.omitted == ""  # it has one method
    assert single.omitted in render(TABLE, "text", Layout(top=2))


def test_as_many_as_there_are_is_everything() -> None:
    assert sections(TABLE, Layout(top=100)) == sections(TABLE, Layout())


def test_a_need_has_the_first_letter_of_its_name_that_is_free() -> None:
    # gradients takes G, so gram goes on to R; test_inputs finds T taken, and E
    assert need_letters(["pretrained", "gradients", "gram", "task_id", "extra", "test_inputs"]) == {
        "pretrained": "P",
        "gradients": "G",
        "gram": "R",
        "task_id": "T",
        "extra": "E",
        "test_inputs": "S",
    }


@given(st.lists(st.text(min_size=1, max_size=4), unique=True, max_size=90))
def test_no_two_needs_share_a_letter(names: list[str]) -> None:
    letters = need_letters(names)
    assert list(letters) == names
    assert len(set(letters.values())) == len(names)


@given(st.lists(st.text(min_size=1), unique=True, max_size=20), st.integers(0, 20))
def test_a_need_that_is_added_at_the_end_changes_no_letter(names: list[str], end: int) -> None:
    all_letters = need_letters(names)
    assert need_letters(names[:end]) == {name: all_letters[name] for name in names[:end]}


def test_the_key_names_the_letters_that_the_table_shows_and_no_other() -> None:
    text = render(published_tables()["merging"], "text", Layout(top=1))
    key = text.partition("Needs: ")[2].partition(".")[0].replace("\n", " ")
    shown = {part.split()[0] for part in key.split(", ")}
    rows = [row for section in sections(published_tables()["merging"], Layout(top=1))
            for row in section.rows]  # fmt: skip
    letters = need_letters(published_tables()["merging"].needs)
    assert shown == {letters[need] for row in rows for need in row["needs"].split()}

"""What `python -m bench table` prints, and its errors."""

import json
import os
import subprocess
import sys
from dataclasses import replace

import pytest

from reports.cli import table
from reports.errors import ReportError
from tests.reports.invented import (
    catalogue,
    floor_and_ceiling,
    metric,
    record,
    records,
    suite,
    task,
)

SUITE = suite()
EMPTY = suite("empty", (task("lonely", (metric("held_in"),), ("held_in",)),))
CATALOGUE = catalogue(SUITE, EMPTY)
RECORDS = records(SUITE)


def call(records_=RECORDS, **changed):
    asked = {"suite": None, "task": None, "tier": "small", "format": "text"} | changed
    return table(records_, CATALOGUE, **asked)


def test_the_only_suite_with_records_needs_no_name() -> None:
    assert call() == call(suite="invented")


def test_a_task_names_its_suite() -> None:
    rows = json.loads(call(task="curve", format="json"))
    assert {row["task"] for row in rows} == {"curve"}


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"suite": "nope"}, "There is no suite 'nope'. Choose one of: invented, empty."),
        ({"task": "nope"}, "There is no task 'nope' in any suite. Choose one of: near, far"),
        ({"suite": "empty", "task": "near"}, "There is no task 'near' in suite 'empty'."),
        ({"suite": "empty"}, "python -m bench run --suite empty --tier small"),
        ({"tier": "huge"}, "There is no tier 'huge'. Choose one of: smoke, small, full."),
        ({"suite": "invented", "tier": "full"}, "There are records at tier small."),
        (
            {"columns": "rank,sore"},
            "There is no column 'sore' in the table 'Suite invented, tier small, 5 seeds'. Choose "
            "from: rank, method, score,",
        ),
        ({"columns": "rank", "wide": True}, "Give it or --columns, not both."),
        ({"format": "csv", "suite": "invented", "top": 3}, "Leave out --top, or choose --format"),
        ({"format": "json", "columns": "rank"}, "JSON has every row and column of its schema"),
        ({"format": "xlsx"}, "Choose one of: text, csv, json, latex, markdown."),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(changed: dict[str, str], message: str) -> None:
    with pytest.raises(ReportError) as caught:
        call(**changed)
    assert message in str(caught.value)


def test_columns_are_named_with_commas_between() -> None:
    lines = call(columns=" method , score ").splitlines()
    assert ["Method", "Score"] in [line.split() for line in lines]


def test_the_first_rows_of_each_ranking_are_asked_for_by_their_number() -> None:
    assert "Single model: the first 1 of 6 methods" in call(top=1)


def test_wide_shows_every_column() -> None:
    assert "Standing" in call(wide=True)
    assert "Standing" not in call()


@pytest.mark.parametrize("option", [("--columns", "sore"), ("--top", "0"), ("--format", "odt")])
def test_wrong_usage_ends_with_2_and_one_sentence(option: tuple[str, str]) -> None:
    command = [sys.executable, "-m", "bench", "table", "--published", "--suite", "hypernet"]
    done = subprocess.run([*command, *option], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    said = [line for line in done.stderr.splitlines() if line.startswith("Error: ")]
    assert len(said) == 1
    assert done.stderr.endswith(said[0] + "\n")


def test_without_any_record_it_says_how_to_make_some() -> None:
    with pytest.raises(
        ReportError, match=r"No records of any suite at tier small\. Make them with"
    ):
        call([])


def test_without_a_name_every_suite_that_has_records_is_shown() -> None:
    lonely = EMPTY.task("lonely")
    made = [replace(r, suite="empty") for r in floor_and_ceiling(lonely)]
    rows = json.loads(call([*RECORDS, *made], format="json"))
    assert {row["suite"] for row in rows} == {"invented", "empty"}
    assert "Suite empty, tier small" in call([*RECORDS, *made])
    with pytest.raises(ReportError, match="Add --suite with one of: invented, empty"):
        call([*RECORDS, *made], format="csv")


def test_a_suite_that_nothing_scales_says_what_to_run() -> None:
    with pytest.raises(ReportError, match="--method untouched"):
        call([record("strong", "near", 0, {"held_in": 0.7, "held_out": 0.7})])


def test_a_table_is_made_without_slow_imports() -> None:
    code = (
        "import sys; from reports.cli import table;"
        "from tests.reports.invented import catalogue, records, suite;"
        "s = suite(); table(records(s), catalogue(s), suite=None, task=None, tier='small',"
        "format='text');"
        "print([m for m in ('torch', 'pandas', 'scipy', 'jinja2') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_terminal_that_lacks_a_letter_is_given_its_escape() -> None:
    command = [sys.executable, "-m", "bench", "table", "--published"]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(command, capture_output=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr.decode()
    assert b"\\u2013" in done.stdout  # the dash of a figure that isn't there

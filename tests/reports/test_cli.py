"""What `python -m bench table` prints, and its errors."""

import json
import subprocess
import sys

import pytest

from reports.cli import table
from reports.errors import ReportError
from tests.reports.invented import catalogue, metric, record, records, suite, task

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
        ({"format": "xlsx"}, "Choose one of: text, csv, json, latex, markdown."),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(changed: dict[str, str], message: str) -> None:
    with pytest.raises(ReportError) as caught:
        call(**changed)
    assert message in str(caught.value)


def test_without_records_and_a_name_the_choice_is_asked_for() -> None:
    with pytest.raises(ReportError, match="Add --suite with one of: invented, empty"):
        call([])


def test_a_suite_that_nothing_scales_says_what_to_run() -> None:
    with pytest.raises(ReportError, match="--method untouched"):
        call([record("strong", "near", 0, {"held_in": 0.7, "held_out": 0.7})])


def test_a_table_is_made_without_torch_scipy_or_jinja() -> None:
    code = (
        "import sys; from reports.cli import table;"
        "from tests.reports.invented import catalogue, records, suite;"
        "s = suite(); table(records(s), catalogue(s), suite=None, task=None, tier='small',"
        "format='text');"
        "print([m for m in ('torch', 'scipy', 'jinja2', 'altair') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

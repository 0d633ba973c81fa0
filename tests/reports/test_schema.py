"""The columns of CSV and JSON: one list, one JSON Schema, every table held against it."""

import copy
import json
import re
from pathlib import Path

import jsonschema
import pytest

from bench.catalogue.registry import ROOT, catalogue
from reports.board import boards
from reports.fields import FIELDS, SUITE, TASK, of_table
from reports.formats import render
from reports.frame import Table
from reports.schema import FILE, json_schema, page, schema_text, units
from reports.tables import suite_table, task_table
from tests.reports import invented, invented_nets
from tests.reports.published_tables import published_tables

SUITES = catalogue().suites
SCHEMA = json.loads((ROOT / "docs" / FILE).read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def invented_tables() -> dict[str, Table]:
    """Tables with failures of each status, skipped rows, two tracks, curves, several metrics."""
    one = invented.suite()
    curved = invented.suite(tasks=(invented.curved_task(),))
    tables = {}
    for name, known, records in (
        ("usual", invented.catalogue(one), invented.records(one)),
        ("curved", invented.catalogue(curved), invented.records(curved)),
        ("nets", invented_nets.catalogue(), invented_nets.records()),
    ):
        tracks = boards(records, known, "invented", "small")
        tables[name] = suite_table([board for board in tracks if board.scored])
        for task in known.suites["invented"].tasks:
            tables[f"{name} {task.name}"] = task_table(tracks, task)
    return tables


TABLES = published_tables() | invented_tables()


def rows_of(name: str) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = json.loads(render(TABLES[name], "json"))
    return rows


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("name", TABLES)
def test_the_json_of_every_suite_and_task_keeps_the_schema(name: str) -> None:
    problems = [error.message for error in VALIDATOR.iter_errors(rows_of(name))]
    assert problems == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"flops": "many"}, "'many' is not of type 'number', 'null'"),
        ({"rank": 1.5}, "1.5 is not of type 'integer', 'null'"),
        ({"suite": None}, "None is not of type 'string'"),
        ({"unheard_of": 1}, "'unheard_of' does not match any of the regexes"),
        ({"score.near": "high"}, "'high' is not of type 'number', 'null'"),
    ],
)
def test_the_schema_refuses_what_is_wrong(change: dict[str, object], said: str) -> None:
    rows = copy.deepcopy(rows_of("usual"))
    rows[0].update(change)
    (problem,) = [error.message for error in VALIDATOR.iter_errors(rows)]
    assert problem.startswith(said)


def test_the_schema_misses_a_column_that_is_left_out() -> None:
    rows = rows_of("usual")
    del rows[0]["needs"]
    assert [e.message for e in VALIDATOR.iter_errors(rows)] == ["'needs' is a required property"]


@pytest.mark.parametrize("name", TABLES)
def test_csv_has_the_columns_of_the_schema(name: str) -> None:
    kind = TASK if "task" in TABLES[name].names else SUITE
    header = render(TABLES[name], "csv").partition("\n")[0].split(",")
    fixed = [field.name for field in of_table(kind) if not field.named]
    patterns = [re.compile(field.pattern) for field in of_table(kind) if field.named]
    others = [name for name in header if not any(p.match(name) for p in patterns)]
    assert sorted(others) == sorted(fixed)


def test_every_figure_has_a_unit_or_counts_places() -> None:
    without = {f.name for f in FIELDS if f.type in ("integer", "number") and not f.unit}
    assert without == {"rank", "rank_low", "rank_high"}


def test_every_metric_of_every_suite_has_its_unit_in_the_schema_and_on_the_page() -> None:
    text = page(SUITES)
    for suite in SUITES.values():
        assert SCHEMA["units_of_metrics"][suite.name] == units(suite)
        for task in suite.tasks:
            for metric in task.metrics:
                assert metric.unit in units(suite)[metric.name]
                assert f"`{metric.name}`" in text


def test_a_metric_whose_unit_differs_between_tasks_says_where() -> None:
    one = invented.task("one", (invented.metric("held_in"),), ("held_in",))
    metric = invented.metric("held_in")
    other_metric = type(metric)(
        name="held_in", title="Held-in", unit="loss", better="low", meaning="A loss."
    )
    other = invented.task("other", (other_metric,), ("held_in",))
    differing = invented.suite(tasks=(one, other))
    assert units(differing) == {"held_in": "fraction (one); loss (other)"}


def test_the_committed_schema_and_page_are_current() -> None:
    folder = Path(ROOT) / "docs"
    assert (folder / FILE).read_text() == schema_text(SUITES), "run `python -m bench docs`"
    assert (folder / "data-format.md").read_text().endswith(page(SUITES)), "python -m bench docs"
    assert json.loads(schema_text(SUITES)) == json_schema(SUITES)

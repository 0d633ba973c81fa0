"""The documents of CSV's and JSON's columns: a JSON Schema, and docs/data-format.md.

Here: both, made from the list of fields and the suites that there are. Not here: the list
(reports.fields).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bench.contract.suite import Suite
from reports.fields import SUITE, TASK, Field, of_table

FILE = "table.schema.json"
"""Its name, beside the page."""

PAGE = """# Tables as data

`python -m bench table --format json` (or `csv`) prints every row and every column at full
precision; the site offers the same files under `data/`. All suites share the columns below.
[{file}]({file}) says the same as a JSON Schema; a test holds the tables of every suite
and task against it.

- **JSON** is one array with an object a row, all suites together; no value is `null`.
- **CSV** has the same columns in the same order, of one suite or task; no value is an empty cell.
  A text that begins with `=`, `@`, `+` or `-` has an apostrophe before it, so that no spreadsheet
  takes it for a formula: drop it when you read the file. Numbers are as they are.
- Texts are of one line. Rows stand in the order of the tables: by track, then by rank, references
  where their score puts them.
- **Units** stand here and in the schema (`unit`), not in the columns' names. `score` as a unit:
  0 at the task's floor, 1 at its ceiling. The unit of `metric.NAME` is the metric's, below; so is
  that of `order.NAME`, unless the metric is part of the score.
- Over several tasks costs and scores are means over tasks of means over seeds.
"""


def json_schema(suites: Mapping[str, Suite]) -> dict[str, Any]:
    """A JSON Schema (2020-12) of what `table --format json` prints.

    `unit` and `units_of_metrics` are annotations: they describe, they don't restrict.
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Rows of a table of Weighhouse",
        "description": "Made by `python -m bench docs` from reports/fields.py.",
        "type": "array",
        "items": {
            "if": {"required": ["task"]},
            "then": {"$ref": "#/$defs/row_of_a_task"},
            "else": {"$ref": "#/$defs/row_of_a_suite"},
        },
        "$defs": {
            "row_of_a_suite": _row(of_table(SUITE)),
            "row_of_a_task": _row(of_table(TASK)),
        },
        "units_of_metrics": {name: units(suite) for name, suite in suites.items()},
    }


def _row(fields: Sequence[Field]) -> dict[str, Any]:
    fixed = [field for field in fields if not field.named]
    return {
        "type": "object",
        "properties": {field.name: _value(field) for field in fixed},
        "patternProperties": {field.pattern: _value(field) for field in fields if field.named},
        "required": [field.name for field in fixed],
        "additionalProperties": False,
    }


def _value(field: Field) -> dict[str, Any]:
    kind: Any = [field.type, "null"] if field.nullable else field.type
    unit = {"unit": field.unit} if field.unit else {}
    return {"type": kind, "description": field.meaning, **unit}


def units(suite: Suite) -> dict[str, str]:
    """The unit of each metric of a suite; tasks that differ are named with it."""
    by_metric: dict[str, dict[str, list[str]]] = {}
    for task in suite.tasks:
        for metric in task.metrics:
            by_metric.setdefault(metric.name, {}).setdefault(metric.unit, []).append(task.name)
    return {
        name: next(iter(tasks))
        if len(tasks) == 1
        else "; ".join(f"{unit} ({', '.join(names)})" for unit, names in tasks.items())
        for name, tasks in by_metric.items()
    }


def schema_text(suites: Mapping[str, Suite]) -> str:
    """The schema's file."""
    return json.dumps(json_schema(suites), indent=1, ensure_ascii=False) + "\n"


def page(suites: Mapping[str, Suite]) -> str:
    """The page about the columns, without the line that says where it comes from."""
    return "\n".join(_lines(suites))


def _lines(suites: Mapping[str, Suite]) -> Iterator[str]:
    yield PAGE.format(file=FILE)
    for title, table in (("a suite", SUITE), ("a task", TASK)):
        yield f"## The table of {title}\n"
        yield "| column | type | unit | meaning |"
        yield "| --- | --- | --- | --- |"
        for field in of_table(table):
            kind = f"{field.type} or none" if field.nullable else field.type
            yield f"| `{field.name}` | {kind} | {field.unit or '-'} | {field.meaning} |"
        yield ""
    yield "## Units of metrics\n"
    yield "What each metric means: [tasks.md](tasks.md).\n"
    for suite in suites.values():
        yield f"### {suite.title} (`{suite.name}`)\n"
        by_unit: dict[str, list[str]] = {}
        for name, unit in units(suite).items():
            by_unit.setdefault(unit, []).append(f"`{name}`")
        for unit, names in by_unit.items():
            yield f"- {unit or 'no unit'}: {', '.join(names)}"
        yield ""

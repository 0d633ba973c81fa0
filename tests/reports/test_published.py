"""What this repository publishes keeps the rules for tasks (docs/write-a-suite.md)."""

from __future__ import annotations

from typing import Any

import pytest

from bench.catalogue.registry import catalogue
from bench.records.published import PUBLISHED, read
from reports.board import boards
from reports.power import LEAST_ERRORS, LEAST_ROOM, power_table
from reports.tables import task_table

ROWS = power_table(read(PUBLISHED), catalogue(), None, None, "small").rows()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['task']}-{row['track']}")
def test_every_scored_axis_has_room(row: dict[str, Any]) -> None:
    assert row["room"] >= LEAST_ROOM
    assert row["room_errors"] >= LEAST_ERRORS


def test_a_reference_has_no_row_on_a_task_that_it_does_not_stand_on() -> None:
    of_suite = boards(read(PUBLISHED), catalogue(), "selection", "small")
    task = catalogue().suites["selection"].task("coreset-clean")
    methods = {row["method"] for row in task_table(of_suite, task).rows()}
    assert {"chance", "full", "random", "stratified"} <= methods
    assert not {"oracle", "full_as_given", "clean_random"} & methods

"""What this repository publishes keeps the rules for tasks (docs/write-a-suite.md)."""

from __future__ import annotations

from typing import Any

import pytest

from bench.catalogue.registry import catalogue
from bench.records.published import PUBLISHED, read
from reports.power import LEAST_ERRORS, LEAST_ROOM, power_table

ROWS = power_table(read(PUBLISHED), catalogue(), None, None, "small").rows()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['task']}-{row['track']}")
def test_every_scored_axis_has_room(row: dict[str, Any]) -> None:
    assert row["room"] >= LEAST_ROOM
    assert row["room_errors"] >= LEAST_ERRORS

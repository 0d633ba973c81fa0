"""The table that `run` ends with."""

from __future__ import annotations

from commands.summary import closing
from tests.reports.invented import record


def test_what_cannot_be_run_is_neither_made_nor_served() -> None:
    new = [
        record("half", "near", 0, {"held_in": 0.5}),
        record("half", "near", 1, status="crashed"),
        record("noisy", "near", 0, status="skipped"),
    ]
    served = [
        record("zero", "near", 0, {"held_in": 0.5}),
        record("zero", "far", 0, status="skipped"),
    ]
    lines = closing(new, served, 3.0).splitlines()
    assert " ".join(lines[0].split()) == "suite task ran served skipped without a result"
    assert [line.split()[1:] for line in lines[2:4]] == [
        ["far", "0", "0", "1", "0"],
        ["near", "2", "1", "1", "1"],
    ]
    assert lines[-1].startswith("2 runs made, 1 served, 2 skipped, in ")

"""The line that a bench shows while it runs."""

from __future__ import annotations

from types import SimpleNamespace

from bench.running.executor import Progressed
from commands import progress
from commands.progress import Progress


def left(capsys, monkeypatch, *, done: float, after: float) -> str:
    """What the line says is left of 2,000 seconds of work by two jobs."""
    clock = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: clock[0])
    plan = SimpleNamespace(todo=[0] * 40, assets=[0], served=[], seconds=lambda jobs: 2000.0)
    shown = Progress(plan, 2)
    clock[0] = after
    shown.tell(Progressed(records=[], served=[], asset="list", seconds=done))
    return capsys.readouterr().err.strip().rpartition(", ")[2]


def test_a_first_small_thing_that_took_long_to_start_does_not_stand_for_all_the_rest(
    capsys, monkeypatch
) -> None:
    # (3 s + 60 s / 2) / (.1 s + 60 s) = .549 a second of work, of which 1,999.9 are left
    assert left(capsys, monkeypatch, done=0.1, after=3.0) == "18 min left"


def test_later_the_pace_so_far_decides(capsys, monkeypatch) -> None:
    # 1,500 s of work took 1,500 s: (1,500 + 30) / 1,560 a second, of which 500 are left
    assert left(capsys, monkeypatch, done=1500.0, after=1500.0) == "8 min left"

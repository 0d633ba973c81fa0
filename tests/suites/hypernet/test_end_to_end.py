"""The hypernet suite through the command line, in processes of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench.catalogue.registry import ROOT

pytestmark = pytest.mark.timeout(1800)  # the bench that these tests share may have to be made first
CONTRIBUTED = Path(__file__).parent / "contributed"
METHODS, REFERENCES = ("idle", "standard", "mip", "pranc"), ("chance", "direct")
TASKS = (
    *("--task", "rotation", "--task", "compress", "--tier", "smoke", "--suite", "hypernet"),
    *("--seeds", "1"),
)
CHOSEN = [word for name in (*METHODS, *REFERENCES) for word in ("--method", name)]


def python(home: Path, *arguments: str) -> Any:
    """`python -m bench ...`; what it prints as JSON."""
    done = subprocess.run(
        [sys.executable, "-m", "bench", *arguments],
        cwd=ROOT,
        env={**os.environ, "WEIGHHOUSE_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, smoke_home: Path) -> Path:
    """A home with the smoke records of everybody, and of a contributed method on two tasks."""
    folder = Path(shutil.copytree(smoke_home, tmp_path_factory.mktemp("copy") / "home"))
    python(folder, "run", *TASKS, *CHOSEN, "--methods-dir", str(CONTRIBUTED), "--json")
    return folder


def table(home: Path, task: str) -> dict[str, dict[str, Any]]:
    """A task's rows by method."""
    more = ("--methods-dir", str(CONTRIBUTED), "--format", "json")
    found = python(home, "table", "--task", task, "--tier", "smoke", *more)
    return {row["method"]: row for row in found}


def test_a_method_that_never_learns_cant_lead(home: Path) -> None:
    rows = table(home, "rotation")
    idle = rows["idle"]
    assert idle["metric.failures"] == 1
    assert idle["metric.sensitivity"] is None
    order = [name for name in rows if name in METHODS and rows[name]["failed"] == 0]
    assert order[-1] == "idle"
    assert all(rows[name]["metric.quality"] > idle["metric.quality"] for name in order[:-1])


def test_a_method_has_no_row_on_a_task_that_its_track_does_not_enter(home: Path) -> None:
    again = python(home, "run", *TASKS, *CHOSEN, "--methods-dir", str(CONTRIBUTED), "--json")
    pairs = {(r["task"], r["method"]) for r in again["records"]}
    assert {method for task, method in pairs if task == "rotation"} == {
        *("idle", "standard", "mip"),
        *REFERENCES,
    }
    assert {method for task, method in pairs if task == "compress"} == {"pranc", *REFERENCES}
    assert all(record["served"] for record in again["records"])

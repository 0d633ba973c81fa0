"""Holds a method against its suite's contract before it is run on anything.

Here: having a child process import the method's file and call the suite's own check of it
(`Suite.checks`). Not here: what can be told from the file's text (bench.catalogue.mistakes), the
contract itself (suites).
"""

from __future__ import annotations

import re
import shutil
import traceback
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from bench.catalogue.decorated import DeclarationError
from bench.catalogue.registry import Method
from bench.catalogue.suites import folders_elsewhere
from bench.contract.asset import Asset
from bench.contract.job import Output
from bench.contract.suite import Suite
from bench.metering.budget import Budget
from bench.records.assets import load, signature
from bench.records.published import PUBLISHED
from bench.running import worker
from bench.running.children import Limits, run_child, warm_up
from bench.running.outcome import judge
from bench.running.runner import source_of

FRAME = re.compile(r'^\s*File "(?P<file>[^"]+)", line (?P<line>\d+)', re.MULTILINE)
"""A line of a traceback that says where."""


@dataclass(frozen=True)
class Checked:
    """What the check found.

    Attributes:
        status, reason, log: how the check itself ended; see bench.records.record.
        breaches: one sentence for each way in which the method breaks the contract.
    """

    status: str
    reason: str = ""
    log: str = ""
    breaches: tuple[str, ...] = ()


def check(method: Method, suite: Suite, budget: Budget, home: Path) -> Checked:
    """Import a method's file in a child process, and call the suite's check there.

    Args:
        budget: its seconds and memory guard the check.
    Raises:
        DeclarationError: the file can't be imported.
    """
    warm_up((suite.harness,))
    folder = home / "scratch" / f"{signature()}{uuid.uuid4().hex}"
    source = source_of(method, (home, PUBLISHED), folders_elsewhere([suite.harness]))
    arguments = {"method": method, "checks": suite.checks, "source": source}
    asset = Asset(name="check", builder=f"{__name__}:import_and_check", arguments=arguments)
    try:
        folder.mkdir(parents=True)
        request = worker.BuildRequest(asset, {}, str(folder / "checked"), method=source)
        limits = Limits(budget.seconds, budget.memory, scratch=str(folder))
        ending = run_child(request, limits)
        status, reason = judge(ending, budget.seconds, budget.memory)
        if status != "ok":
            return Checked(status, reason, ending.log)
        checked = load(folder / "checked", unshared=True).data
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if checked["import"]:
        raise DeclarationError(checked["import"])
    return Checked("ok", "", ending.log, tuple(checked["breaches"]))


def import_and_check(arguments: Mapping[str, Any], inputs: Mapping[str, Output]) -> Output:
    """What the child does: `import` says why the file can't be imported, `breaches` the rest."""
    method: Method = arguments["method"]
    try:
        call = worker.import_method(arguments["source"])
    except Exception as error:
        return Output({}, {"import": _why(error, method.path), "breaches": []})
    if not arguments["checks"]:
        return Output({}, {"import": "", "breaches": []})
    module, _, function = arguments["checks"].partition(":")
    breaches = getattr(import_module(module), function)(call, method)
    return Output({}, {"import": "", "breaches": breaches})


def place(log: str, file: Path) -> str:
    """`file:line: the line`: the innermost place of a traceback in that file; "" if none."""
    inside = [int(m["line"]) for m in FRAME.finditer(log) if Path(m["file"]) == file]
    return shown_line(file, inside[-1]) if inside else ""


def own_part(log: str, file: Path) -> str:
    """A log whose traceback starts where it enters that file."""
    before, mark, trace = log.partition("Traceback (most recent call last):\n")
    entered = next((m for m in FRAME.finditer(trace) if Path(m["file"]) == file), None)
    return before + mark + trace[entered.start() :] if entered else log


def shown_line(file: Path, number: int) -> str:
    """`file:line: the line`."""
    try:
        return (
            f"{file}:{number}: {file.read_text(encoding='utf-8').splitlines()[number - 1].strip()}"
        )
    except (OSError, IndexError):
        return f"{file}:{number}"


def _why(error: Exception, file: Path) -> str:
    """The sentence for an import that failed, with the line in the method's own file."""
    lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == str(file)]
    message = " ".join(str(error).split())
    return (
        f"{file}:{lines[-1] if lines else 1}: importing the file fails: {type(error).__name__}: "
        f"{message}. Mend it there."
    )

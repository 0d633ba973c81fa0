"""From a method's file to a verdict: the steps of `python -m bench try`.

Here: check, run the method, run what is missing of the baselines, report; the first step that
fails ends it. Results go to standard output, everything else to standard error. Not here: which
runs there are (commands.trial), words (commands.trial_text), statistics (reports.verdict).
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable
from typing import Any

from bench.catalogue.registry import Catalogue, Method
from bench.planning.plan import Plan
from bench.planning.selection import Selection
from bench.planning.unseen import warnings_of_method
from bench.records.record import Record
from bench.records.store import Store
from bench.running.checking import check
from commands import trial_text as words
from commands.progress import execute_shown
from commands.summary import duration, run_json
from commands.trial import Attempt, plan_attempt


def try_method(
    found: Catalogue,
    entry: Method,
    selection: Selection,
    store: Store,
    published: Iterable[Record],
    jobs: int,
    as_json: bool,
) -> int:
    """Try a method, print what came of it, and give the exit code.

    Raises:
        DeclarationError: its file can't be imported.
        SelectionError: a task isn't there, or has no such tier.
    """
    started = time.monotonic()
    attempt = plan_attempt(found, entry, selection, store, published)
    document: dict[str, Any] = {
        "suite": entry.suite,
        "method": entry.name,
        "file": str(entry.path),
        "tier": selection.tier,
        "tasks": list(attempt.tasks),
        "left_out": list(attempt.left_out),
        "contract": {"status": "ok", "reason": "", "breaches": []},
        "failures": [],
        "records": [],
        "variants": [],
    }
    text, code = _steps(found, attempt, selection, store, jobs, document)
    document["seconds"] = time.monotonic() - started
    print(json.dumps(document, indent=1) if as_json else text)
    _say(f"tried in {duration(document['seconds'])}")
    return code


def _steps(
    found: Catalogue,
    attempt: Attempt,
    selection: Selection,
    store: Store,
    jobs: int,
    document: dict[str, Any],
) -> tuple[str, int]:
    """What to print and the exit code; the document is filled in on the way."""
    entry, suite = attempt.entry, attempt.suite
    _say(f"checking {entry.path}")
    for sentence in warnings_of_method(entry, found):
        _say(f"warning: {sentence}")
    budgets = [t.budgets[selection.tier] for t in suite.tasks if selection.tier in t.budgets]
    checked = check(entry, suite, max(budgets, key=lambda b: b.seconds), attempt.home)
    if checked.status != "ok" or checked.breaches:
        document["contract"] = {
            "status": checked.status if checked.status != "ok" else "invalid",
            "reason": checked.reason,
            "breaches": list(checked.breaches),
        }
        return words.breaches_text(checked, entry), 1
    _say(words.beforehand(attempt, jobs))
    mine = _run(attempt.mine, attempt, store, jobs)
    failed = words.failures(mine, entry)
    document["failures"] = failed
    document["records"] = [run_json(r, served=r in attempt.mine.served) for r in mine]
    if not any(r.status == "ok" for r in mine):
        return words.failures_text(failed), 1
    attempt.refresh()
    others = _run(attempt.baselines, attempt, store, jobs)
    from reports import verdict

    reports = [
        verdict.report([*mine, *others], found, suite.name, selection.tier, entry.name, variant)
        for variant in dict.fromkeys(r.variant for r in mine)
    ]
    document["variants"] = [report.data for report in reports]
    text = "\n".join(
        [*(r.text for r in reports), *([words.failures_text(failed)] if failed else [])]
    )
    return text.rstrip("\n"), int(any(one["status"] != "skipped" for one in failed))


def _run(plan: Plan, attempt: Attempt, store: Store, jobs: int) -> list[Record]:
    """Every record of a plan, by task, variant and seed."""
    new: list[Record] = []
    if plan.todo or plan.skipped:
        new, late = execute_shown(plan, attempt.keys, store, attempt.home, jobs)
        plan.served += late
    order = {task: place for place, task in enumerate(attempt.tasks)}
    return sorted([*plan.served, *new], key=lambda r: (order[r.task], r.variant, r.seed))


def _say(text: str) -> None:
    print(text, file=sys.stderr)

"""From a method's file to a verdict: the steps of `python -m bench try`.

Here: check, run the method, run what is missing of the baselines, report; the first step that
fails ends it. Results go to standard output, everything else to standard error. Not here: which
runs there are (commands.trial), words (commands.trial_text), statistics (reports.verdict).
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bench.catalogue.registry import Catalogue, Method
from bench.planning.plan import Plan
from bench.planning.selection import Selection
from bench.planning.unseen import warnings_of_method
from bench.records.record import Record
from bench.records.store import Store
from bench.running.checking import check
from commands import trial_text as words
from commands.progress import execute_shown, the_only_bench
from commands.summary import duration, run_json
from commands.trial import Attempt, plan_attempt


@dataclass(frozen=True)
class Trial:
    """One method's trial.

    Attributes:
        known, method: everything that there is, and the method.
        selection: see commands.trial.plan_attempt, as for `published` and `fresh`.
        store: where records are kept.
        jobs: how many run side by side.
        wait: whether another bench on the same home or store is waited for.
    """

    known: Catalogue
    method: Method
    selection: Selection
    store: Store
    published: Sequence[Record]
    jobs: int
    fresh: bool
    wait: bool

    def run(self, as_json: bool) -> int:
        """Try the method, print what came of it, and give the exit code.

        Raises:
            DeclarationError: its file can't be imported.
            SelectionError: a task isn't there, or has no such tier.
            BusyError: another bench is at work, and it isn't to be waited for.
        """
        started = time.monotonic()
        attempt = self._plan()
        document: dict[str, Any] = {
            "suite": self.method.suite,
            "method": self.method.name,
            "file": str(self.method.path),
            "tier": self.selection.tier,
            "contract": {"status": "ok", "reason": "", "breaches": []},
            "failures": [],
            "records": [],
            "variants": [],
            "reason": "",
        }
        text, code = self._steps(attempt, document)
        document["seconds"] = time.monotonic() - started
        print(json.dumps(document, indent=1) if as_json else text)
        _say(f"tried in {duration(document['seconds'])}")
        return code

    def _plan(self) -> Attempt:
        return plan_attempt(
            self.known, self.method, self.selection, self.store, self.published, self.fresh
        )

    def _steps(self, attempt: Attempt, document: dict[str, Any]) -> tuple[str, int]:
        """What to print and the exit code; the document is filled in on the way."""
        document["tasks"], document["left_out"] = list(attempt.tasks), list(attempt.left_out)
        if breaches := self._check(attempt, document):
            return breaches, 1
        if not attempt.tasks:
            document["reason"] = words.nowhere(attempt, self.selection.tier)
            return document["reason"], 1
        _say(words.beforehand(attempt, self.jobs))
        if not (attempt.mine.todo or attempt.mine.skipped or attempt.baselines.todo):
            return self._verdict(attempt, document)
        with the_only_bench(attempt.home, self.store, self.wait) as outdated:
            if outdated:
                attempt = self._plan()
                _say(words.beforehand(attempt, self.jobs))
                document["tasks"] = list(attempt.tasks)
                document["left_out"] = list(attempt.left_out)
            return self._verdict(attempt, document)

    def _check(self, attempt: Attempt, document: dict[str, Any]) -> str:
        """How the method breaks the suite's contract, on a tiny problem; "" if it doesn't."""
        method, suite, tier = self.method, attempt.suite, self.selection.tier
        _say(f"checking {method.path}")
        for sentence in warnings_of_method(method, self.known):
            _say(f"warning: {sentence}")
        budgets = [task.budgets[tier] for task in suite.tasks if tier in task.budgets]
        checked = check(method, suite, max(budgets, key=lambda b: b.seconds), attempt.home)
        if checked.status == "ok" and not checked.breaches:
            return ""
        document["contract"] = {
            "status": checked.status if checked.status != "ok" else "invalid",
            "reason": checked.reason,
            "breaches": list(checked.breaches),
        }
        return words.breaches_text(checked, method)

    def _verdict(self, attempt: Attempt, document: dict[str, Any]) -> tuple[str, int]:
        """Run the method, then what is missing of the baselines, and compare."""
        mine = self._run(attempt.mine, attempt)
        failed = words.failures(mine, self.method)
        document["failures"] = failed
        document["records"] = [run_json(r, served=r in attempt.mine.served) for r in mine]
        if not any(r.status == "ok" for r in mine):
            return words.failures_text(failed), 1
        attempt.refresh()
        others = self._run(attempt.baselines, attempt)
        texts, all_told = self._reports([*mine, *others], document)
        text = "\n".join([*texts, *([words.failures_text(failed)] if failed else [])])
        bad = not all_told or any(failure["status"] != "skipped" for failure in failed)
        return text.rstrip("\n"), int(bad)

    def _run(self, plan: Plan, attempt: Attempt) -> list[Record]:
        """Every record of a plan, by task, variant and seed."""
        new: list[Record] = []
        if plan.todo or plan.skipped:
            new, late = execute_shown(plan, attempt.keys, self.store, attempt.home, self.jobs)
            plan.served += late
        order = {task: place for place, task in enumerate(attempt.tasks)}
        return sorted([*plan.served, *new], key=lambda r: (order[r.task], r.variant, r.seed))

    def _reports(
        self, records: Sequence[Record], document: dict[str, Any]
    ) -> tuple[list[str], bool]:
        """The verdict on each variant as text, or why there is none; whether each has one."""
        from reports import verdict
        from reports.errors import ReportError

        name, suite, tier = self.method.name, self.method.suite, self.selection.tier
        texts, all_told = [], True
        for variant in self.selection.variants:
            if not any((r.method, r.variant) == (name, variant) for r in records):
                continue  # it has nothing to tune
            try:
                report = verdict.report(records, self.known, suite, tier, name, variant)
            except ReportError as error:
                all_told = False
                document["reason"] = str(error)
                texts.append(f"{name} ({variant}) gets no verdict. {error}")
                continue
            document["variants"].append(report.data)
            texts.append(report.text)
        return texts, all_told


def _say(text: str) -> None:
    print(text, file=sys.stderr)

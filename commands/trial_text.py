"""The words of `python -m bench try`: what will be done, and why a method failed.

Here: plain text and JSON values. Not here: the tables of verdicts (reports.verdict).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bench.catalogue.registry import Method
from bench.planning.plan import Plan
from bench.records.record import Record
from bench.running.checking import Checked, own_part, place, shown_line
from commands.summary import duration
from commands.trial import Attempt

LOG_LINES = 20
"""How much of a failed run's log is shown."""


def beforehand(attempt: Attempt, jobs: int) -> str:
    """What is going to be run, served, built and left out, and how long it takes."""
    mine, baselines = attempt.mine, attempt.baselines
    method = attempt.method
    source = f" ({attempt.published} from reports/published)" if attempt.published else ""
    lines = [
        f"{method.name} ({method.path}) on {', '.join(attempt.tasks)}: {_work(mine, jobs)}",
        f"baselines: {_work(baselines, jobs, source)}",
    ]
    lines += [
        f"left out: {task}, whose {count} assets aren't built (about {duration(work / jobs)}); "
        f"--task {task} builds them"
        for task, (count, work) in attempt.left_out.items()
    ]
    lines += [f"not entered: {reason}" for reason in attempt.unmet.values()]
    return "\n".join([*lines, *map(str, attempt.absent)])


def nowhere(attempt: Attempt, tier: str) -> str:
    """Why a method can't be tried at all."""
    reasons = [*attempt.unmet.values(), *map(str, attempt.absent)]
    return (
        f"{attempt.method.name} can't be tried: it enters no task of suite {attempt.suite.name} at "
        f"tier {tier}: {'; '.join(reasons)}. Take out of needs= in its @method line what it can do "
        "without."
    )


def _work(plan: Plan, jobs: int, source: str = "") -> str:
    """`60 runs served; 15 runs to make, 35 assets to build first, about 3 min with 2 at a time`."""
    parts = [f"{len(plan.served)} runs served{source}"] if plan.served else []
    if plan.todo:
        assets = f"{len(plan.assets)} assets to build first, " if plan.assets else ""
        parts.append(
            f"{len(plan.todo)} runs to make, {assets}about {duration(plan.seconds(jobs))} with "
            f"{jobs} at a time"
        )
    return "; ".join(parts) or "no runs"


def breaches_text(checked: Checked, method: Method) -> str:
    """Why a method isn't run: how it breaks the contract, or how the check of it ended."""
    if checked.status != "ok":
        where = place(checked.log, method.path) or shown_line(method.path, method.line)
        head = f"{checked.status} on the suite's tiny problem: {checked.reason}"
        return "\n".join([head, *_where_and_log(where, own_part(checked.log, method.path))])
    count = len(checked.breaches)
    return "\n".join(
        [
            f"{method.name} breaks the suite's contract in {count} way{'s' if count > 1 else ''}, "
            "found on a tiny problem:",
            *(f"  {breach}" for breach in checked.breaches),
        ]
    )


def failures(records: Sequence[Record], method: Method) -> list[dict[str, Any]]:
    """A method's runs without a result, one entry for each reason: where in its file, and the log.

    Returns:
        Mappings with `status`, `reason`, `task`, `variant`, `seeds`, `place`, `log`, `key`.
    """
    groups: dict[tuple[str, ...], list[Record]] = {}
    for r in records:
        if r.status != "ok":
            groups.setdefault((r.status, r.task, r.variant, r.reason), []).append(r)
    return [
        {
            "status": status,
            "reason": reason,
            "task": task,
            "variant": variant,
            "seeds": [r.seed for r in group],
            "place": place(group[0].log, method.path)
            or ("" if status in ("skipped", "infra") else shown_line(method.path, method.line)),
            "log": own_part(group[0].log, method.path),
            "key": group[0].key,
        }
        for (status, task, variant, reason), group in groups.items()
    ]


def failures_text(failed: Sequence[dict[str, Any]]) -> str:
    """The same as text; of the log its tail."""
    lines: list[str] = []
    for failure in failed:
        seeds = ", ".join(map(str, failure["seeds"]))
        where = f"{failure['task']} ({failure['variant']}), seeds {seeds}"
        lines.append(f"{failure['status']}: {where}: {failure['reason']}")
        lines += _where_and_log(failure["place"], failure["log"])
    return "\n".join(lines)


def _where_and_log(where: str, log: str) -> list[str]:
    tail = log.strip().splitlines()[-LOG_LINES:]
    lines = [f"  at {where}"] if where else []
    return lines + (["  log:", *(f"    {line}" for line in tail)] if tail else [])

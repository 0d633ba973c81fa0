"""The words that the command line prints: lists, plans, one record, and the end of a bench.

Here: plain text and JSON values from the engine's data. Not here: statistics and rankings
(reports), which need pandas.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from math import isinf
from typing import Any

from bench.catalogue.registry import Catalogue
from bench.planning.keys import Keys
from bench.planning.plan import Plan
from bench.planning.serving import Standing
from bench.records.home import home
from bench.records.kept import folder_of
from bench.records.published import PUBLISHED, place_of
from bench.records.record import BAD, Record

REASONS = 8
"""How many reasons a plan's text names."""

KINDS = ("suites", "tasks", "methods", "records")
"""What `list` can list."""


def columns(rows: Sequence[Sequence[object]], header: Sequence[str]) -> str:
    """Rows as aligned text under a header; numbers to the right."""
    text = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(line[i]) for line in [list(header), *text]) for i in range(len(header))]
    right = [
        bool(rows) and all(isinstance(row[i], (int, float)) for row in rows)
        for i in range(len(header))
    ]

    def line(cells: Sequence[str]) -> str:
        padded = (
            cell.rjust(width) if is_right else cell.ljust(width)
            for cell, width, is_right in zip(cells, widths, right, strict=True)
        )
        return "  ".join(padded).rstrip()

    return "\n".join([line(header), line(["-" * width for width in widths]), *map(line, text)])


def duration(seconds: float) -> str:
    """Seconds as a person says them: 0.4 s, 12 s, 3 min, 2 h 05 min."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 100:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60} h {minutes % 60:02d} min"


def suites(catalogue: Catalogue) -> list[dict[str, Any]]:
    """Every suite, as `list suites --json` gives it."""
    return [
        {
            "suite": s.name,
            "name": s.name,
            "title": s.title,
            "question": s.question,
            "tasks": [t.name for t in s.tasks],
            "methods": sum(m.kind == "method" for m in catalogue.methods[s.name].values()),
        }
        for s in catalogue.suites.values()
    ]


def tasks(catalogue: Catalogue) -> list[dict[str, Any]]:
    """Every task, as `list tasks --json` gives it."""
    return [
        {
            "suite": s.name,
            "name": t.name,
            "title": t.title,
            "version": t.version,
            "tiers": list(t.settings),
            "seeds": dict(t.seeds),
            "budgets": {tier: budget.as_dict() for tier, budget in t.budgets.items()},
            "offers": list(t.offers),
            "tuned_on": t.tuned_on,
            "tracks": list(t.tracks) or [track.name for track in s.tracks],
            "metrics": [m.name for m in t.metrics],
            "data": list(t.data),
        }
        for s in catalogue.suites.values()
        for t in s.tasks
    ]


def methods(catalogue: Catalogue) -> list[dict[str, Any]]:
    """Every method and reference, as `list methods --json` gives it."""
    return [
        {
            "suite": m.suite,
            "name": m.name,
            "title": m.title,
            "kind": m.kind,
            "track": m.track,
            "tasks": [t.name for t in catalogue.suites[m.suite].tasks if m.enters(t)],
            "needs": list(m.needs),
            "params": dict(m.params or {}),
            "space": {name: list(values) for name, values in (m.space or {}).items()},
            "paper": asdict(m.paper) if m.paper else None,
            "file": str(m.path),
        }
        for of_suite in catalogue.methods.values()
        for m in of_suite.values()
    ]


def listing(kind: str, rows: list[dict[str, Any]]) -> str:
    """`list`'s rows as text."""
    if not rows:
        return f"no {kind}"
    cells: list[tuple[object, ...]]
    if kind == "suites":
        cells = [(r["name"], len(r["tasks"]), r["methods"], r["question"]) for r in rows]
        return columns(cells, ("suite", "tasks", "methods", "question"))
    if kind == "tasks":
        cells = [
            (
                r["suite"],
                r["name"],
                r["version"],
                ", ".join(r["tiers"]),
                ", ".join(r["data"]) or "-",
                r["title"],
            )
            for r in rows
        ]
        return columns(cells, ("suite", "task", "version", "tiers", "data", "title"))
    if kind == "methods":
        cells = [
            (
                r["suite"],
                r["name"],
                r["kind"],
                r["track"] or "all",
                ", ".join(r["needs"]) or "-",
                f"{r['title']} ({r['paper']['year']})" if r["paper"] else r["title"],
            )
            for r in rows
        ]
        return columns(cells, ("suite", "method", "kind", "track", "needs", "title"))
    cells = [
        (
            r["key"][:12],
            r["suite"],
            r["task"],
            r["method"],
            r["variant"],
            r["tier"],
            r["seed"],
            r["status"],
        )
        for r in rows
    ]
    return columns(cells, ("key", "suite", "task", "method", "variant", "tier", "seed", "status"))


def plan_json(plan: Plan, jobs: int, keys: Keys) -> dict[str, Any]:
    """A plan, as `plan --json` gives it: each run with what is asked and what would answer."""
    return {
        "runs": [
            {
                "asked": p.run.identity,
                "why": list(p.why),
                "waits": p.candidate is not None,
                "identity": dict(p.identity),
                "code": dict(p.code),
                "builders": keys.builders(p.handed),
                "suite": p.run.suite,
                "task": p.run.task.name,
                "method": p.run.method,
                "variant": p.run.variant,
                "seed": p.run.seed,
                "tier": p.run.tier,
                "seconds": p.seconds,
                "flops": p.run.budget.limits.get("flops"),
            }
            for p in plan.todo
        ],
        "served": [record.key for record in plan.served],
        "closures": keys.closures_of(plan.todo),
        "skipped": [{"asked": p.run.identity, "reason": reason} for p, reason in plan.skipped],
        "left_out": [asdict(task) for task in plan.left_out],
        "assets": [{"name": a.name, "key": key, "seconds": a.seconds} for a, key, _ in plan.assets],
        "seconds": plan.seconds(jobs),
        "flops": None if isinf(plan.flops()) else plan.flops(),
    }


def plan_text(plan: Plan, jobs: int) -> str:
    """A plan in a few lines."""
    return "\n".join(
        [
            _on_each_task(
                {
                    "to run": [(p.run.suite, p.run.task.name) for p in plan.todo],
                    "served": _tasks(plan.served),
                    "skipped": [(p.run.suite, p.run.task.name) for p, _ in plan.skipped],
                }
            ),
            "",
            f"{len(plan.todo)} runs to make, {len(plan.assets)} assets to build first; about "
            f"{duration(plan.seconds(jobs))} with {jobs} at a time; {_most(plan.flops())} FLOPs.",
            *reasons(plan),
            *map(str, plan.left_out),
        ]
    )


def _most(flops: float) -> str:
    return "an unbounded number of" if isinf(flops) else f"at most {flops:.2g}"


def reasons(plan: Plan) -> list[str]:
    """Why runs are to be made, the commonest reason first, and what the served ones stand on."""
    why = Counter(word for p in plan.todo for word in p.why)
    waiting = sum(p.candidate is not None for p in plan.todo)
    lines = [
        f"why: {word} ({count} {'run' if count == 1 else 'runs'})"
        for word, count in why.most_common(REASONS)
    ]
    if len(why) > REASONS:
        lines.append(f"why: {len(why) - REASONS} reasons more (--json lists all)")
    if waiting:
        lines.append(
            f"{waiting} of them only wait for their assets: they are served if those come out as "
            "they were"
        )
    if plan.published:
        lines.append(f"{len(plan.published)} served ones are published records")
    if plan.carried:
        count = len(plan.carried)
        lines.append(f"{count} served ones are carried: other code made them, proved alike")
    return lines


def run_json(record: Record, served: bool) -> dict[str, Any]:
    """One record, as `run --json` and `list records --json` give it."""
    return {**asdict(record), "name": record.method, "served": served}


def closing(new: Sequence[Record], served: Sequence[Record], seconds: float) -> str:
    """The table that `run` ends with: what ran, was served, can't be run, failed and why."""
    together = [*new, *served]
    made, kept = ([r for r in records if r.status != "skipped"] for records in (new, served))
    skipped = [r for r in together if r.status == "skipped"]
    failed = [r for r in together if r.failed]
    told = {"ran": made, "served": kept, "skipped": skipped, "without a result": failed}
    lines = [_on_each_task({heading: _tasks(records) for heading, records in told.items()})]
    lines += ["", *failures(failed)] if failed else []
    counts = f"{len(made)} runs made, {len(kept)} served, {len(skipped)} skipped"
    return "\n".join([*lines, "", f"{counts}, in {duration(seconds)}."])


def _tasks(records: Iterable[Record]) -> list[tuple[str, str]]:
    """The suite and task of each."""
    return [(record.suite, record.task) for record in records]


def _on_each_task(told: Mapping[str, Iterable[tuple[str, str]]]) -> str:
    """A table: for each task how many of its runs stand under each heading."""
    counts = [Counter(tasks) for tasks in told.values()]
    rows = [(*task, *(count[task] for count in counts)) for task in sorted(set().union(*counts))]
    return columns(rows, ("suite", "task", *told))


def failures(failed: Iterable[Record]) -> list[str]:
    """One line for each kind of failure of a method on a task."""
    groups: dict[tuple[str, ...], list[Record]] = {}
    for r in failed:
        groups.setdefault((r.status, r.suite, r.task, r.method, r.variant), []).append(r)
    return [
        f"{status}: {task} {method} ({variant}), seeds {', '.join(str(r.seed) for r in group)}: "
        f"{group[0].reason} [python -m bench show {group[0].key[:12]}]"
        for (status, _suite, task, method, variant), group in sorted(groups.items())
    ]


def exit_code(records: Iterable[Record]) -> int:
    """0 where every run has a result or an honest failure; 1 where one is crashed or the like."""
    return int(any(record.status in BAD for record in records))


def standing_text(standing: Standing | None) -> str:
    """How a record stands to the code that is here, in a line."""
    if standing is None:
        return "its task or method isn't here"
    if standing.why or standing.awaited:
        return f"not current: {'; '.join(standing.why or standing.unknown)}"
    if standing.links:
        return f"carried: {'; '.join(link.words for link in standing.links)}"
    return "current: this code made it"


def record_text(record: Record, standing: Standing | None) -> str:
    """Everything about one record.

    Args:
        standing: how it stands to the code that is here.
    """
    parts = asdict(record)
    lines = [
        f"{record.suite} / {record.task} / {record.method} ({record.variant}), "
        f"seed {record.seed}, tier {record.tier}",
        f"{record.status} {record.reason}".strip(),
        standing_text(standing),
    ]
    for title in ("metrics", "params", "cost", "budget", "provenance", "details", "code"):
        if parts[title]:
            lines += ["", title]
            lines += [f"  {name}: {_short(value)}" for name, value in sorted(parts[title].items())]
    if record.artefacts:
        lines += ["", "kept", *kept_lines(record)]
    if record.log.strip():
        lines += ["", "log", *("  " + line for line in record.log.strip().splitlines())]
    lines += ["", f"key {record.key}", f"make it again: {record.provenance.get('command', '')}"]
    return "\n".join(lines)


def kept_lines(record: Record) -> list[str]:
    """The small files that a run left, with where they lie."""
    lines = []
    for name, entry in sorted(record.artefacts.items()):
        place = place_of(record, name, folder_of(home()), PUBLISHED)
        lines.append(f"  {name}: {entry['bytes']} bytes, {place}")
    return lines


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, sort_keys=True)
    return text if len(text) <= 300 else text[:297] + "..."

"""`run --prove MINUTES`: make a sample of the published records again, here and now.

A bench serves what is published and current; this is how who runs it sees that the figures are the
code's. Here: the drawing (each suite gets its share of the time; a task and seed at a time, so that
assets are built once), making them until the time is up, and what came of it, which stays in the
home for the site. Not here: the verdict on one record (commands.again).
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.catalogue.registry import Catalogue
from bench.planning.current import plan_here
from bench.planning.keys import Keys
from bench.planning.plan import PlannedRun, missing_assets
from bench.planning.selection import Selection
from bench.records.home import PROOF, home
from bench.records.published import replace_file
from bench.records.record import Record
from bench.records.store import Store
from commands.again import Pair, at_fault, cells, compare, sentence
from commands.auditing import cell_of
from commands.progress import execute_shown
from commands.summary import duration


def prove(
    catalogue: Catalogue, served: Sequence[Record], tier: str, minutes: float, jobs: int
) -> str:
    """Make some of the served records again, for so long; why they are at fault, or "".

    Args:
        served: published records that answered a bench.
    """
    seed = random.SystemRandom().randrange(10**6)
    pool = [record for record in served if record.status != "skipped"]
    if not pool or minutes <= 0:
        return ""
    chosen = Selection(tier=tier, cells=frozenset(cell_of(record) for record in pool))
    store = Store(home() / "proof.sqlite")
    plan, keys = plan_here(catalogue, chosen, store, fresh=True)
    spend = minutes * 60 * jobs
    plan.todo = draw(plan.todo, keys, spend, seed)
    plan.assets = missing_assets(plan.todo, keys, home())
    _say(
        f"making {len(plan.todo)} of {len(pool)} published runs again, for up to "
        f"{duration(minutes * 60)} (--prove 0 for none; drawn with seed {seed})"
    )
    new, _ = execute_shown(plan, keys, store, home(), jobs, until=time.monotonic() + minutes * 60)
    pairs = compared(catalogue, pool, new)
    summing_up, fault = sentence(pairs, len(pool)), at_fault(pairs)
    _keep(home() / PROOF, tier, pairs, summing_up, fault, seed)
    _say(summing_up + (f" {fault}." if fault else ""))
    return fault


def compared(catalogue: Catalogue, before: Sequence[Record], again: Sequence[Record]) -> list[Pair]:
    """The verdict on each record made again."""
    over_seeds = cells(before)
    by_place = {record.place: record for record in before}
    return [
        compare(
            by_place[record.place],
            record,
            over_seeds.get(record.place[:-1], []),
            catalogue.suites[record.suite].task(record.task).scored_by,
        )
        for record in again
    ]


def draw(todo: Sequence[PlannedRun], keys: Keys, seconds: float, seed: int) -> list[PlannedRun]:
    """A random sample that takes about so many seconds of work, each suite having its share.

    A task and seed is drawn at a time, with a random handful of its methods, as far as the suite's
    share goes; what its assets take to build is reckoned in.
    """
    draws = random.Random(seed)
    suites = sorted({item.run.suite for item in todo})
    drawn: list[PlannedRun] = []
    for suite in suites:
        left = seconds / len(suites)
        places: dict[tuple[str, int], list[PlannedRun]] = {}
        for item in todo:
            if item.run.suite == suite:
                places.setdefault((item.run.task.name, item.run.seed), []).append(item)
        for place in draws.sample(sorted(places), len(places)):
            items = draws.sample(places[place], len(places[place]))
            left -= sum(asset.seconds for asset, _, _ in missing_assets(items, keys, home()))
            for item in items[: max(1, len(items) // 3)]:
                if drawn and left < item.seconds:
                    break
                drawn.append(item)
                left -= item.seconds
            if left <= 0:
                break
    return drawn


def _keep(
    file: Path, tier: str, pairs: Sequence[Pair], summing_up: str, fault: str, seed: int
) -> None:
    """Leave what came of it for the site."""
    document: Mapping[str, Any] = {
        "tier": tier,
        "sentence": summing_up,
        "fault": fault,
        "seed": seed,
        "pairs": [pair.row() for pair in pairs],
    }
    replace_file(file, json.dumps(document, indent=1) + "\n")


def _say(text: str) -> None:
    print(text, file=sys.stderr)

"""Recomputing published records: what to draw, and what came of it.

Here: the drawing, making each again, and the proofs that a difference breaks. Not here: the verdict
on one record (commands.again), running it (bench.running.executor).
"""

from __future__ import annotations

import random
import sys
from collections.abc import Container, Sequence
from pathlib import Path

from bench.catalogue.registry import Catalogue
from bench.planning.current import plan_here
from bench.planning.selection import LeftOutError, Selection
from bench.records.home import home
from bench.records.links import FOLDER, Link
from bench.records.record import Record
from bench.records.store import Store
from commands.again import DIFFERENT, NOT_HERE, Pair, cells, compare
from commands.progress import execute_shown
from commands.summary import columns


def draw(
    records: Sequence[Record], count: int, seed: int, tier: str, carried: Container[str] = ()
) -> list[Record]:
    """A random sample of the records of a tier that finished or failed by themselves.

    Args:
        carried: keys of records that stand on proofs alone; they come before the others.
    """
    pool = sorted(
        (r for r in records if r.tier == tier and r.status != "skipped"), key=lambda r: r.key
    )
    random.Random(seed).shuffle(pool)
    return sorted(pool, key=lambda record: record.key not in carried)[:count]


def audit(
    catalogue: Catalogue,
    records: Sequence[Record],
    folder: Path,
    tier: str,
    sample: int,
    seed: int,
    jobs: int,
) -> list[Pair]:
    """Make a sample of published records again; a proof that one contradicts is deleted.

    Args:
        records: all that the folder holds.
    """
    planned, _ = plan_here(catalogue, Selection(tier), None, published=records)
    over_seeds = cells(records)
    pairs = []
    for record in draw(records, sample, seed, tier, planned.carried):
        opened = Store(home() / "audit" / f"{record.key}.sqlite")
        chosen = Selection(tier=record.tier, cells=frozenset([cell_of(record)]))
        try:
            plan, keys = plan_here(catalogue, chosen, opened, fresh=True)
        except LeftOutError as error:
            pairs.append(Pair(record, NOT_HERE, reason=str(error)))
            continue
        new, _ = execute_shown(plan, keys, opened, home(), jobs)
        task = catalogue.suites[record.suite].task(record.task)
        pair = compare(record, new[0], over_seeds.get(record.place[:-1], []), task.scored_by)
        if pair.verdict == DIFFERENT:
            break_links(planned.carried.get(record.key, ()), folder)
        pairs.append(pair)
    return pairs


def cell_of(record: Record) -> tuple[str, str, str, str, int]:
    """Which cell makes that record again, and nothing else."""
    return (record.suite, record.task, record.method, record.variant, record.seed)


def break_links(links: Sequence[Link], folder: Path) -> None:
    """Delete the proofs that a record contradicts, and say so."""
    for link in links:
        file = folder / FOLDER / link.file_name
        if file.is_file():
            file.unlink()
            print(f"{file}: deleted: a record that it carried came out otherwise", file=sys.stderr)


def text(pairs: Sequence[Pair]) -> str:
    """The audit as a table, and the reasons."""
    rows = [
        (
            pair.before.key[:12],
            pair.before.task,
            pair.before.method,
            pair.before.variant,
            pair.before.seed,
            pair.verdict,
            "-" if pair.largest is None else f"{pair.largest:.2g}",
        )
        for pair in pairs
    ]
    header = ("key", "task", "method", "variant", "seed", "verdict", "largest")
    reasons = dict.fromkeys(pair.reason for pair in pairs if pair.reason)
    return "\n".join([columns(rows, header), *reasons])

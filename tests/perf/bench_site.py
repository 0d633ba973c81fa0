"""Time, memory and size of a table and of the site, by the number of records.

    python tests/perf/bench_site.py [--size METHODS,TASKS,SEEDS]... [--keep DIR]

Makes up records of one suite (no figure is a result), writes them as published JSON lines, and in a
fresh process a size reads them, ranks the suite's table and builds the site. Printed are the CPU
seconds of each part, the process's peak memory, and the site's files; what a visitor's browser
fetches for the first view of the suite's page (the page, its style and its scripts, compressed as
web servers do, without what only a choice loads); the main-thread time that sorting and searching
its ranking take, layout included, in Debian's chromium; and by how much more than n log n the
seconds grew from the size before (at most 1 is wanted). Not a test: figures depend on what else the
machine does.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bench.catalogue.registry import Catalogue
from bench.contract.suite import Suite
from bench.records.record import Record
from tests.reports.invented import catalogue, method, metric, record, suite, task

SIZES = ("64,8,5", "256,20,5", "1000,50,5")
FAILED = 0.01
"""Which share of runs crashed."""


def invented(tasks: int) -> Suite:
    metrics = (metric("held_in"), metric("held_out"), metric("worst"))
    return suite("invented", tuple(
        task(f"task-{i:02}", metrics, ("held_in", "held_out")) for i in range(tasks)
    ))  # fmt: skip


def known(of: Suite, methods: int) -> Catalogue:
    """The suite's catalogue with so many methods."""
    made = catalogue(of)
    own = {name: entry for name, entry in made.methods[of.name].items() if entry.kind != "method"}
    names = [f"method_{i:04}" for i in range(methods)]
    declared = own | {name: method(name, params={"scale": 0.3}) for name in names}
    return Catalogue(suites=made.suites, methods={of.name: declared})


def made_up(of: Suite, methods: int, seeds: int) -> Iterator[Record]:
    """Every method on every task at every seed, and the two references."""
    draw = random.Random(0)
    hard = {(t.name, seed): draw.gauss(0, 0.08) for t in of.tasks for seed in range(seeds)}
    for i in range(methods):
        skill, cost = draw.gauss(0.5, 0.2), 10 ** draw.uniform(6, 11)
        for t in of.tasks:
            taste = draw.gauss(0, 0.05)
            for seed in range(seeds):
                status = "crashed" if draw.random() < FAILED else "ok"
                score = skill + taste + hard[t.name, seed] + draw.gauss(0, 0.04)
                metrics = {m.name: score for m in t.metrics} if status == "ok" else {}
                yield record(f"method_{i:04}", t.name, seed, metrics, status=status,
                             cost={"flops": cost * draw.uniform(0.9, 1.1), "seconds": 0.4,
                                   "cpu_seconds": 0.3, "peak_memory": 5e7, "parameters": 130080,
                                   "flops_by": {"merge": cost}, "unmetered": False})  # fmt: skip
    for name, value in (("untouched", 0.0), ("joint", 1.0)):
        for t in of.tasks:
            for seed in range(seeds):
                yield record(name, t.name, seed, {m.name: value for m in t.metrics},
                             kind="reference", track="")  # fmt: skip


def measure(size: tuple[int, int, int], folder: Path) -> dict[str, float]:
    """One size, in this process, from records that stand under `folder`."""
    from leaderboard.build import build
    from reports.board import boards
    from reports.load import from_published
    from reports.tables import suite_table

    methods, tasks, _seeds = size
    of = invented(tasks)
    entries = known(of, methods)
    found: dict[str, float] = {}
    began = time.process_time()
    records = from_published(folder / "published")
    found["read"] = time.process_time() - began
    began = time.process_time()
    suite_table([board for board in boards(records, entries, of.name, "small") if board.scored])
    found["table"] = time.process_time() - began
    began = time.process_time()
    build(records, entries, "small", folder / "site")
    found["site"] = time.process_time() - began
    found["records"] = len(records)
    found["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return found


def first_view(site: Path) -> int:
    """Bytes of the suite's page, its style sheet and its scripts, each compressed."""
    page = site / "invented" / "index.html"
    text = page.read_text()
    named = re.findall(r'<(?:script [^>]*src|link rel="stylesheet" href)="([^"]+)"', text)
    files = [page, *((page.parent / name).resolve() for name in named)]
    return sum(len(gzip.compress(file.read_bytes())) for file in files)


SORT, SEARCH = (
    "() => document.querySelectorAll('.rank.big thead .sort')[1].click()",
    "() => { const box = document.querySelector('#q'); box.value = box.value ? '' : 'method_01';"
    " box.dispatchEvent(new Event('input', { bubbles: true })); }",
)
"""What a reader does to the suite's page: sort by a column, search."""

TIMED = """
async (done) => {
  const act = eval(done);
  const times = [];
  for (let i = 0; i < 11; i++) {
    const began = performance.now();
    act();
    document.body.getBoundingClientRect();  // layout counts
    times.push(performance.now() - began);
    await new Promise(requestAnimationFrame);
  }
  return times.sort((a, b) => a - b)[5];
}
"""


def time_page(site: Path) -> tuple[float, float]:
    """Milliseconds of main-thread time that sorting and searching take, the middle of 11 each."""
    from playwright.sync_api import sync_playwright  # here: not in the process that is measured

    from tests.conftest import ARGUMENTS, CHROMIUM

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = browser.new_context(bypass_csp=True).new_page()
        page.goto((site / "invented" / "index.html").as_uri())
        sort, search = (float(page.evaluate(TIMED, act)) for act in (SORT, SEARCH))
        browser.close()
    return sort, search


def show(size: str, folder: Path, before: tuple[float, float] | None) -> tuple[float, float]:
    """Make the records, measure in a fresh process, print a line; (records, seconds)."""
    methods, tasks, seeds = (int(part) for part in size.split(","))
    out = folder / "published" / "invented"
    out.mkdir(parents=True, exist_ok=True)
    lines: dict[str, list[str]] = {}
    for one in made_up(invented(tasks), methods, seeds):
        lines.setdefault(one.method, []).append(one.to_json() + "\n")
    for name, own in lines.items():
        (out / f"{name}.jsonl").write_text("".join(own))
    asked = [sys.executable, __file__, "--measure", str(folder), "--size", size]
    done = subprocess.run(asked, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    found = json.loads(done.stdout.splitlines()[-1])
    files = [file for file in (folder / "site").rglob("*") if file.is_file()]
    seconds = found["read"] + found["table"] + found["site"]
    n = found["records"]
    growth = "-"
    if before:
        expected = before[1] * n * math.log(n) / (before[0] * math.log(before[0]))
        growth = f"{seconds / expected:.2f}"
    print(
        f"{n:9,.0f}{found['read']:8.1f}{found['table']:8.1f}{found['site']:8.1f}{seconds:8.1f}"
        f"{found['memory'] / 1e9:8.2f}{len(files):8,}"
        f"{sum(file.stat().st_size for file in files) / 1e6:8.0f}"
        f"{first_view(folder / 'site') / 1e3:12.0f}"
        + "".join(f"{milliseconds:10.0f}" for milliseconds in time_page(folder / "site"))
        + f"{growth:>8}",
        flush=True,
    )
    return n, seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--size", action="append", help="methods,tasks,seeds; may be repeated")
    parser.add_argument("--keep", type=Path, help="leave the records and the site of the last here")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    sizes = asked.size or SIZES
    if asked.measure:
        methods, tasks, seeds = (int(part) for part in sizes[0].split(","))
        print(json.dumps(measure((methods, tasks, seeds), asked.measure)))
        return
    print(
        f"{'records':>9}{'read, s':>8}{'table':>8}{'site':>8}{'all':>8}{'GB':>8}{'files':>8}"
        f"{'MB':>8}{'first, kB':>12}{'sort, ms':>10}{'search':>10}{'growth':>8}"
    )
    before = None
    for size in sizes:
        with tempfile.TemporaryDirectory() as made:
            folder = asked.keep if asked.keep and size == sizes[-1] else Path(made)
            before = show(size, folder, before)


if __name__ == "__main__":
    main()

"""Tells how a bench goes on: a live bar on a terminal, a line at a time elsewhere.

Here: counting what is done, served and failed, and the time left. Everything goes to standard
error, so that standard output stays clean for `--json`. Not here: the closing table
(commands.summary).
"""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from math import inf
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from bench.planning.keys import Keys
from bench.planning.plan import Plan
from bench.records.home import prepare
from bench.records.lock import alone
from bench.records.record import Record
from bench.records.store import Store
from bench.running.executor import Progressed, execute
from bench.running.waiting import TimeIsUp
from commands.summary import duration

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress

LINE_EVERY = 2.0
"""Seconds between two lines where there is no terminal; a failure is told at once."""

BELIEVED = 60.0
"""Seconds of work for which the estimate counts beside the pace so far: the first thing that is
done may be an asset of a tenth of a second whose process took three to start."""


def execute_shown(
    plan: Plan,
    keys: Keys,
    store: Store,
    home: Path,
    jobs: int,
    scheduler: str = "",
    until: float = inf,
) -> tuple[list[Record], list[Record]]:
    """Run a plan with its progress shown.

    Args:
        until: when to stop, on the monotonic clock; what isn't done by then is left.
    Returns:
        The records that were made, in the order in which they were stored, and earlier ones that
        turned out to answer once their assets were built.

    Raises:
        SystemExit: Ctrl-C or SIGTERM stopped it, with 130; finished records are kept.
        HomeError: the home folder can't be written.
    """
    prepare(home)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    new, served = list[Record](), list[Record]()
    with the_only_bench(home, store), Progress(plan, jobs) as progress:

        def on_progress(progressed: Progressed) -> None:
            new.extend(progressed.records)
            served.extend(progressed.served)
            progress.tell(progressed)

        try:
            with suppress(TimeIsUp):
                execute(plan, keys, store, home, jobs, scheduler, on_progress, until)
        except KeyboardInterrupt:
            print(
                f"Stopped. {progress.done} of {progress.runs} runs are stored; the same command "
                "goes on.",
                file=sys.stderr,
            )
            raise SystemExit(130) from None
    return new, served


@contextmanager
def the_only_bench(home: Path, store: Store, wait: bool = True) -> Iterator[bool]:
    """Hold a home and a store; another bench that is at work there is waited for, and that is said.

    Args:
        wait: False to raise instead.
    Yields:
        Whether a plan that was made before is out of date: another bench has been at work since.
    Raises:
        BusyError: another one is at work, and it isn't to be waited for.
        SystemExit: Ctrl-C ended the waiting, with 130.
    """
    before = store.version()
    with ExitStack() as held:
        try:
            waited = held.enter_context(alone(home, store.path, _say if wait else None))
        except KeyboardInterrupt:
            _say("Stopped waiting; nothing was made.")
            raise SystemExit(130) from None
        yield waited or store.version() != before


def _say(text: str) -> None:
    print(text, file=sys.stderr)


class Progress:
    """The state of one bench, shown as it changes.

    Args:
        plan: what is going to be done.
        jobs: how many jobs run side by side.
    """

    def __init__(self, plan: Plan, jobs: int) -> None:
        self.runs = len(plan.todo)
        self.assets = len(plan.assets)
        self.served = len(plan.served)
        self.done = self.built = self.failed = 0
        self._work = plan.seconds(1)
        self._jobs = jobs
        self._worked = 0.0
        self._started = time.monotonic()
        self._last_line = 0.0
        self._bar: RichProgress | None = None

    def __enter__(self) -> Progress:
        if sys.stderr.isatty():
            self._bar = _bar()
            self._bar.start()
            self._bar.add_task("starting", total=max(self._work, 1e-9))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def tell(self, progressed: Progressed) -> None:
        """Take note of one thing done."""
        self._worked += progressed.seconds
        self.built += bool(progressed.asset)
        self.done += sum(r.status != "skipped" for r in progressed.records)
        self.served += len(progressed.served)
        self.runs -= len(progressed.served)
        failures = [r for r in progressed.records if r.failed]
        self.failed += len(failures)
        lines = [
            f"{r.status}: {r.suite} {r.task} {r.method} ({r.variant}) seed {r.seed}: {r.reason}"
            for r in failures
        ]
        if self._bar is not None:
            for line in lines:
                self._bar.console.print(line, markup=False, highlight=False)
            self._bar.update(
                self._bar.task_ids[0],
                description=self._state(),
                completed=min(self._worked, self._work),
            )
            return
        now = time.monotonic()
        over = self.done == self.runs and self.built == self.assets
        if lines or over or now - self._last_line > LINE_EVERY:
            self._last_line = now
            print("\n".join([*lines, f"{self._state()}, {self._left()}"]), file=sys.stderr)

    def _state(self) -> str:
        parts = [f"{self.done}/{self.runs} runs", f"{self.served} served", f"{self.failed} failed"]
        if self.assets:
            parts.insert(0, f"{self.built}/{self.assets} assets")
        return ", ".join(parts)

    def _left(self) -> str:
        """Time left: at the estimated pace at first, more and more at the pace so far."""
        spent = time.monotonic() - self._started
        pace = (spent + BELIEVED / self._jobs) / (self._worked + BELIEVED)
        return f"{duration(max(self._work - self._worked, 0) * pace)} left"


def _bar() -> RichProgress:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    return Progress(
        BarColumn(bar_width=30),
        TextColumn("{task.percentage:>3.0f}%"),
        TextColumn("{task.description}"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )

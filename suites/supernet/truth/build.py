"""Makes the shards of a space's ground truth on several cores, and says how far it is.

Not here: a shard (suites.supernet.truth.shards), the command line (suites.supernet.truth.__main__).
"""

from __future__ import annotations

import sys
import time
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from multiprocessing import get_context
from pathlib import Path

from suites.supernet.truth.shards import Shard, build_shard, shards

REPORT_SECONDS = 30
"""Between two lines of progress."""


def build(space: str, folder: Path, jobs: int) -> bool:
    """Make all that is missing; a build that was stopped goes on where it was.

    Args:
        space: its name.
        folder: of the shards.
        jobs: processes, each with one thread.
    Returns:
        Whether the ground truth is complete; not, where another build has a shard in hand.
    """
    folder.mkdir(parents=True, exist_ok=True)
    parts = shards(space, folder)
    progress = Progress(space, sum(len(shard.trainings()) for shard in parts))
    progress.start(count_finished(parts))
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        left: set[Future[bool]] = {pool.submit(build_shard, shard) for shard in parts}
        try:
            while left:
                done, left = wait(left, REPORT_SECONDS, FIRST_COMPLETED)
                for future in done:
                    future.result()
                progress.show(count_finished(parts))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return count_finished(parts) == progress.total


def count_finished(parts: list[Shard]) -> int:
    """Trainings that have ended, whichever build made them."""
    return sum(len(shard.finished()) for shard in parts)


class Progress:
    """Lines such as `micro201: 512 of 5,780 trainings, 142 a minute, 37 minutes left`."""

    def __init__(self, space: str, total: int) -> None:
        self.space, self.total = space, total

    def start(self, finished: int) -> None:
        """Say what an earlier build has left."""
        self.first, self.since = finished, time.monotonic()
        self.shown = self.since
        print(f"{self.space}: {finished:,} of {self.total:,} trainings are there", file=sys.stderr)

    def show(self, finished: int) -> None:
        """Say how far it is, at most twice a minute; rate and rest are of this build's time."""
        now = time.monotonic()
        if now - self.shown < REPORT_SECONDS and finished < self.total:
            return
        self.shown = now
        rate = 60 * (finished - self.first) / max(now - self.since, 1e-9)
        left = f"{(self.total - finished) / rate:.0f} minutes left" if rate else "none ended yet"
        print(
            f"{self.space}: {finished:,} of {self.total:,} trainings, {rate:.0f} a minute, {left}",
            file=sys.stderr,
            flush=True,
        )

"""The CPU seconds of a process and of all that it starts, measured from outside.

Here: adding up what the kernel shows of them while they live. A method may claim any time; what
this has seen, it has spent. What a process spent between the last look and its end is lost where
nobody waited for it, so looks are frequent. Not here: what time a run's work explains
(bench.running.unmetered), when to look (bench.running.watch).
"""

from __future__ import annotations

from collections.abc import Callable

from bench.running.processes import Status, descendants, status

MOST = 1000
"""Processes that are looked at, at most; a run is stopped long before (bench.running.watch)."""


class CpuClock:
    """The time of one process and its descendants.

    Whoever was seen once is followed on, whatever becomes of its parent, session or group.

    Args:
        pid: the process.
        family: the numbers of those that it has started.
        read: a process's status.
    """

    def __init__(
        self,
        pid: int,
        family: Callable[[int, int], list[int]] = descendants,
        read: Callable[[int], Status | None] = status,
    ) -> None:
        self.pid = pid
        self.seconds = 0.0
        self._family, self._read = family, read
        self._own: dict[tuple[int, int], float] = {}
        self._gone = 0.0

    def look(self) -> float:
        """Look at all of them now, and tell the seconds that were seen so far.

        Of those that are gone we know what they had when last seen, and their parents what they
        had at their end if they waited for it: the larger of the two sums counts.
        """
        before = dict(self._own)
        known = {pid for pid, _started in before}
        family = dict.fromkeys([self.pid, *self._family(self.pid, MOST)])
        for pid in known - family.keys():  # they have lost their parent, and may have children
            family |= dict.fromkeys([pid, *self._family(pid, MOST)])
        alive: dict[tuple[int, int], Status] = {}
        for pid in family:
            seen = self._read(pid)
            if seen and (pid not in known or (pid, seen.started) in before):
                alive[pid, seen.started] = seen
        self._own = {mark: seen.own for mark, seen in alive.items()}
        self._gone += sum(own for mark, own in before.items() if mark not in alive)
        waited = sum(seen.reaped for seen in alive.values())
        running = sum(seen.own for seen in alive.values())
        self.seconds = max(self.seconds, running + max(self._gone, waited))
        return self.seconds

    def known(self) -> list[int]:
        """The numbers of all that lived when it last looked."""
        return [pid for pid, _started in self._own]

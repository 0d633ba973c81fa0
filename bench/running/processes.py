"""What the kernel tells of other processes, and sending them signals.

Here: a process's children, memory, CPU seconds and state, read from Linux's /proc; a process that
is gone has none. Not here: deciding anything from it (bench.running.watch, bench.running.children).
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass

import psutil

PAGE = os.sysconf("SC_PAGE_SIZE")
TICKS = os.sysconf("SC_CLK_TCK")

SUSPENDED, ENDED = "Tt", "ZX"
"""States in /proc of a process that was stopped, and of one that has ended."""


@dataclass(frozen=True)
class Status:
    """What /proc/PID/stat says.

    Attributes:
        state: one letter, e.g. R, S, T.
        own: CPU seconds of all its threads.
        reaped: CPU seconds of the children whose end it has waited for, and of theirs.
        started: when, in the kernel's ticks: with the number it names a process for good.
    """

    state: str
    own: float
    reaped: float
    started: int


def status(pid: int) -> Status | None:
    """The status of a process; None where it is gone."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            words = file.read().rpartition(b")")[2].split()
        user, system, user_reaped, system_reaped = (int(word) for word in words[11:15])
        own, reaped = (user + system) / TICKS, (user_reaped + system_reaped) / TICKS
        return Status(words[0].decode(), own, reaped, int(words[19]))
    except (OSError, ValueError, IndexError):
        return None


def children(pid: int) -> list[int]:
    """The children of all of a process's threads."""
    pids: list[int] = []
    try:
        threads = os.listdir(f"/proc/{pid}/task")
    except OSError:
        return []
    for thread in threads:
        try:
            with open(f"/proc/{pid}/task/{thread}/children", "rb") as file:
                pids += map(int, file.read().split())
        except FileNotFoundError:  # that thread has ended, or the kernel was built without the file
            if not os.path.exists(f"/proc/{os.getpid()}/task/{os.getpid()}/children"):
                return [child.pid for parent in existing(pid) for child in _children(parent)]
        except OSError:
            continue
    return pids


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children()
    except psutil.Error:
        return []


def descendants(pid: int, most: int) -> list[int]:
    """The children of a process, theirs, and so on; not many more than `most` are looked for."""
    family: list[int] = []
    new = [pid]
    while new and len(family) <= most:
        new = [child for parent in new for child in children(parent)]
        family += new
    return family


def resident(pid: int) -> int:
    """Resident bytes of a process."""
    try:
        with open(f"/proc/{pid}/statm", "rb") as file:
            return int(file.read().split()[1]) * PAGE
    except (OSError, IndexError):
        return 0


def share(pid: int) -> int:
    """A process's share of memory: a page that n processes have in common counts 1/n."""
    try:
        pss: int = psutil.Process(pid).memory_full_info().pss
    except psutil.Error:
        return 0
    return pss


def existing(*pids: int) -> list[psutil.Process]:
    """The processes of those numbers, but for those that are gone."""
    processes = []
    for pid in pids:
        with suppress(psutil.Error):
            processes.append(psutil.Process(pid))
    return processes


def send(processes: list[psutil.Process], number: int) -> None:
    """Send a signal to each; those that are gone get none."""
    for process in processes:
        with suppress(psutil.Error):
            process.send_signal(number)

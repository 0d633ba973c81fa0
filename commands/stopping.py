"""Ctrl-C and SIGTERM for a command that works in this process, wherever they find it.

Here: the two signals, and until when there is something to stop. Python raises KeyboardInterrupt
wherever the main thread happens to be; where that is a library's C code it may come out as an error
of the library's (torch: "could not determine the shape of object type") or not at all. Not here:
what waits for other processes (bench.running.waiting).
"""

from __future__ import annotations

import signal
from types import FrameType

from bench.running.waiting import STOPPING


class Stoppable:
    """A block that the user may stop, up to a point from which on it is finished.

    with Stoppable() as stop:
        for part in work:
            stop.check()
        stop.too_late()
        put_in_place()

    Raises:
        KeyboardInterrupt: a signal came, whatever the block made of it.
    """

    def __init__(self) -> None:
        self._asked = self._too_late = False

    def __enter__(self) -> Stoppable:
        self._before = {number: signal.signal(number, self._answer) for number in STOPPING}
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        if kind is not None:
            self.check()

    def _answer(self, _number: int, _frame: FrameType | None) -> None:
        if not self._too_late:
            self._asked = True
            raise KeyboardInterrupt

    def check(self) -> None:
        """Stop here, if a signal came that was swallowed."""
        if self._asked:
            raise KeyboardInterrupt

    def too_late(self) -> None:
        """From here on a signal changes nothing: what was asked for is done.

        A signal that comes before this returns stops the block, one after it doesn't.
        """
        self.check()
        self._too_late = True

"""Forks fifty sleepers, who hold all its pipes open."""

import os
import signal
import time

from bench import method


@method(name="bomb", title="bomb", paper=("A note on bomb", 2020, "https://example.org/bomb"))
def bomb(problem):
    for _ in range(50):
        if os.fork() == 0:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            time.sleep(600)
            os._exit(0)
    return problem.numbers.sum()

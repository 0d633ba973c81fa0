"""Stops itself, so that no handler of its own will ever run."""

import os
import signal
import time

from bench import method


@method(name="stopper", title="stopper", paper=("A note on stopper", 2020, "https://example.org/stopper"))
def stopper(problem):
    os.kill(os.getpid(), signal.SIGSTOP)
    time.sleep(600)

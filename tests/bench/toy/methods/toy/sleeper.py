"""Never ends, and ignores SIGTERM."""

import signal
import time

import torch

from bench import method


@method(name="sleeper", title="sleeper", paper=("A note on sleeper", 2020, "https://example.org/sleeper"))
def sleeper(problem):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while True:
        time.sleep(1)

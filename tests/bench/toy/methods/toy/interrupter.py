"""Presses Ctrl-C for its whole process group."""

import os
import signal
import time

from bench import method


@method(name="interrupter", title="interrupter", paper=("A note on interrupter", 2020, "https://example.org/interrupter"))
def interrupter(problem):
    os.killpg(os.getpgrp(), signal.SIGINT)
    time.sleep(600)

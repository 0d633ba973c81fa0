"""Leaves threads and processes behind: a child, one in a session of its own, and a daemon."""

import os
import signal
import subprocess
import threading
import time

from bench import method


@method(name="family", title="family", paper=("A note on family", 2020, "https://example.org/family"))
def family(problem):
    for _ in range(3):
        threading.Thread(target=time.sleep, args=(600,)).start()
    subprocess.Popen(["sleep", "600"])
    subprocess.Popen(["sleep", "600"], start_new_session=True)
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:  # a daemon: its parent is gone, its session and group are its own
            os.setsid()
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            time.sleep(600)
        os._exit(0)
    os.wait()
    return problem.numbers.sum()

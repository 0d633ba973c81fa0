"""Has its children take the memory, each less than the cap."""

import subprocess
import sys
import time

from bench import method


@method(name="hungry_family", title="hungry_family", paper=("A note on hungry_family", 2020, "https://example.org/hungry_family"))
def hungry_family(problem):
    for _ in range(3):
        subprocess.Popen([sys.executable, "-c", "import time; held = bytearray(200 << 20); time.sleep(600)"])
    time.sleep(600)

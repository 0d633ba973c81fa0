"""Reports in the name of its process, and gets the form wrong."""

import json
import os
import stat
import struct

from bench import method


@method(name="forger", title="forger", paper=("A note on forger", 2020, "https://example.org/forger"))
def forger(problem):
    report = json.dumps({"meters": "many", "seconds": [], "error": None, "peak_memory": "none"}).encode()
    for number in range(3, 256):
        try:
            if stat.S_ISFIFO(os.fstat(number).st_mode):
                os.write(number, struct.pack("!i", len(report)) + report)
        except OSError:
            continue
    os._exit(0)

"""Reports without end."""

import os
import stat

from bench import method


@method(name="flooder", title="flooder", paper=("A note on flooder", 2020, "https://example.org/flooder"))
def flooder(problem):
    for number in range(3, 256):
        try:
            if stat.S_ISFIFO(os.fstat(number).st_mode):
                while True:
                    os.write(number, b"x" * 2**16)
        except OSError:
            continue
    return problem.numbers.sum()

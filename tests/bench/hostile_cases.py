"""Methods that attack: what each does, and what must become of it.

Here: a case is a function's body, the status of its row, and words of its reason. Not here: those
that reach for what is others' (tests/bench/hostile_reach.py), those that leave something on, or
work where nobody counts (tests/bench/hostile_staying.py), running them (tests/bench/test_walls.py),
methods that misbehave without meaning to (tests/bench/test_hostile.py).
"""

from __future__ import annotations

from pathlib import Path

from tests.bench.hostile_reach import DENIED, REACHING
from tests.bench.hostile_staying import STAYING, UNMETERED

HEAD = '''"""{title}."""

import ctypes
import json
import os
import resource
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

import torch

import bench
from bench import method

HOME = Path(os.environ["WEIGHHOUSE_HOME"])
ROOT = Path(bench.__file__).parents[1]
libc = ctypes.CDLL(None, use_errno=True)
PARENT = os.getppid()


def refused(result):
    """A system call's own way of saying no."""
    if result == -1:
        raise PermissionError(ctypes.get_errno(), "refused")


def pipe():
    """The number of the pipe to the parent."""
    import stat

    return next(n for n in range(3, 99) if os.path.exists(f"/proc/self/fd/{{n}}") and stat.S_ISFIFO(os.fstat(n).st_mode))


def send(report):
    """A frame in the form of the engine's."""
    content = report if isinstance(report, bytes) else json.dumps(report).encode()
    os.write(pipe(), struct.pack("!i", len(content)) + content)


def burn(until=0.9):
    """Work until this process has taken so many seconds of a core."""
    while time.process_time() < until:
        pass
    Path("done").touch()


def wait():
    """Wait for another process to have worked so long."""
    while not Path("done").exists():
        time.sleep(0.05)
    time.sleep(0.2)


@method(name="{name}", title="{title}", paper=("A note", 2020, "https://example.org/{name}"))
def {name}(problem):
    total = problem.numbers.sum()
{body}
    return total
'''

LYING = {
    "links_a_file_here": (
        'os.link(HOME / "records.sqlite", "mine")',
        "crashed",
        "Invalid cross-device",
    ),
    # its report
    "forges_a_report": (
        'send({"meters": [{"counts": {"flops": 0}, "flops_by": {}, "uncharged": {}, "refused": "", "wrong": ""}], "seconds": 0, "cpu_seconds": 0, "peak_memory": 0})\n    os._exit(0)',
        "crashed",
        "",
    ),
    "forges_walls": ('send({"walls": "walled (by faith)"})', "crashed", "before it returned"),
    "forges_infra": (
        'send({"error": {"type": "Damaged", "message": "the disk"}})\n    os._exit(0)',
        "crashed",
        "",
    ),
    "forges_a_skip": (
        "class skipped(Exception): pass\n    raise skipped('needs an oracle')",
        "crashed",
        "skipped: needs",
    ),
    "forges_damage": (
        "from bench.records.assets import Damaged\n    raise Damaged('the asset')",
        "crashed",
        "Damaged: the asset",
    ),
    "forges_a_full_disk": (
        'raise OSError(28, "No space left on device")',
        "crashed",
        "No space left",
    ),
    "forges_a_lost_machine": ("os.kill(os.getpid(), signal.SIGKILL)", "crashed", "died of SIGKILL"),
    "reports_nan": (
        'send(b\'{"meters": [{"counts": {"flops": NaN}, "flops_by": {}, "uncharged": {}, "refused": "", "wrong": ""}], "cpu_seconds": NaN}\')\n    os._exit(0)',
        "crashed",
        "",
    ),
    "reports_a_huge_number": (
        'send(b\'{"meters": [{"counts": {"flops": 1e999, "trials": 1\' + b"0" * 4000 + b\'}, "flops_by": {}, "uncharged": {}, "refused": "", "wrong": ""}]}\')\n    os._exit(0)',
        "crashed",
        "",
    ),
    "reports_depth": ("send(b'[' * 200_000 + b']' * 200_000)\n    os._exit(0)", "crashed", ""),
    # The copy is done first, and the process itself reports again.
    "reports_twice": ("if os.fork():\n        os.wait()", "crashed", "before it returned"),
    "spoils_json": ("json.dumps = lambda *a, **k: 'x'", "crashed", ""),
    "turns_the_clock": ("time.perf_counter = time.monotonic = time.time = lambda: -1e9", "ok", ""),
    "exits_as_if_done": ("os._exit(0)", "crashed", "exit code 0 before it returned"),
    # its output
    "leaves_a_link": (
        "import bench.running.worker as w; real = w.save\n"
        "    def save(output, folder, **k):\n"
        "        real(output, folder, **k); (folder / 'data.json').unlink()\n"
        "        os.symlink(ROOT / 'bench' / '__init__.py', folder / 'data.json')\n"
        "    w.save = save",
        "crashed",
        "no file of its own",
    ),
    "leaves_a_folder_s_link": (
        "import bench.running.worker as w\n"
        "    w.save = lambda output, folder, **k: os.symlink(HOME / 'assets', folder)",
        "crashed",
        "is a link",
    ),
    "leaves_a_pipe": (
        "import bench.running.worker as w\n"
        "    def save(output, folder, **k):\n"
        "        folder.mkdir(); [os.mkfifo(folder / n) for n in ('data.json', 'tensors.safetensors', 'manifest.json')]\n"
        "    w.save = save",
        "crashed",
        "no file of its own",
    ),
    "leaves_nothing": (
        "import bench.running.worker as w\n    w.save = lambda *a, **k: None",
        "crashed",
        "",
    ),
    "leaves_other_names": (
        "import bench.running.worker as w; real = w.save\n"
        "    w.save = lambda output, folder, **k: real(type(output)({'sum': total}), folder, **k)",
        "crashed",
        "KeyError",
    ),
    "returns_truth": ("return torch.tensor(True)", "invalid", "a real number"),
    "returns_imagination": ("return torch.tensor(1j)", "invalid", "a real number"),
    "returns_sparse": ("return torch.eye(2).to_sparse()", "invalid", "to_dense()"),
    "returns_meta": ('return torch.empty((), device="meta")', "invalid", "holds no numbers"),
    "returns_quantised": (
        "return torch.quantize_per_tensor(torch.ones(2), .1, 0, torch.qint8)",
        "invalid",
        "sparse or quantised",
    ),
    "returns_a_subclass": (
        "class Loud(torch.Tensor):\n"
        "        @classmethod\n"
        "        def __torch_function__(cls, *a, **k): os._exit(3)\n"
        "    return torch.ones(()).as_subclass(Loud)",
        "invalid",
        "as a Loud",
    ),
    "returns_a_trap": (
        "class Trap:\n"
        "        __len__ = __eq__ = __bool__ = __str__ = __repr__ = __iter__ = lambda *a: os._exit(4)\n"
        "        __hash__ = None\n"
        "    return Trap()",
        "invalid",
        "as a Trap",
    ),
    "returns_nothing": ("return None", "invalid", "as a NoneType"),
    "returns_infinity": ("return torch.tensor(-float('inf'))", "diverged", "isn't finite"),
    # its inputs
    "writes_by_numpy": (
        "problem.numbers.numpy()[0] = 7",
        "invalid",
        "changed what it was given: numbers",
    ),
    "writes_by_data": (
        "problem.numbers.data.zero_()",
        "invalid",
        "changed what it was given: numbers",
    ),
    "writes_by_memory": (
        "ctypes.memset(problem.numbers.data_ptr(), 0, 4)",
        "invalid",
        "changed what it was given",
    ),
    "exchanges_its_input": (
        "problem.numbers = torch.zeros(8)",
        "invalid",
        "changed what it was given",
    ),
}

WORDS = {
    # what it says
    "says_surrogates": (
        r"raise RuntimeError('\ud800 \u202eevil\u2066 \x1b[31m\x00 \udfff end')",
        "crashed",
        "RuntimeError: evil [31m end",
    ),
    "says_too_much": ("raise RuntimeError('x' * 10**7)", "crashed", "RuntimeError: xxx"),
    "says_lines": (
        r"raise RuntimeError('one\ntwo\u2028three\r\n\x85four')",
        "crashed",
        "RuntimeError: one two three",
    ),
    "can_t_say_it": (
        "class Mute(Exception):\n        def __str__(self): raise RuntimeError\n        __repr__ = __str__\n    raise Mute()",
        "crashed",
        "Mute",
    ),
    "dies_saying_it": (
        "class Loud(Exception):\n        def __str__(self): os._exit(5)\n    raise Loud()",
        "crashed",
        "exit code 5",
    ),
    "has_an_endless_name": ("raise type('E' * 10**6, (Exception,), {})('x')", "crashed", "EEEE"),
    "has_a_strange_name": (
        r"raise type('E\u202e\n\x1b', (Exception,), {})('x')",
        "crashed",
        "E: x",
    ),
    "raises_the_end": ("raise BaseException('over')", "crashed", "BaseException: over"),
    "raises_a_group": (
        "raise ExceptionGroup('all', [ValueError(1)] * 1000)",
        "crashed",
        "ExceptionGroup: all",
    ),
    "prints_noise": (
        r"sys.stdout.buffer.write(b'\xed\xa0\x80\xff\x1b]0;t\x07\xe2\x80\xae' * 1000)",
        "ok",
        "",
    ),
    "breaks_its_streams": (
        "class Broken:\n        def write(self, *a): os._exit(6)\n        def flush(self): raise ValueError\n    sys.stdout = Broken(); sys.stderr = open('log', 'w')",
        "ok",
        "",
    ),
}

CASES = {
    **{name: (body, *DENIED) for name, body in REACHING.items()},
    **LYING,
    **WORDS,
    **STAYING,
    **{name: (body, "ok", "") for name, body in UNMETERED.items()},
}
"""Name -> (body, status, part of the reason)."""


def write(folder: Path, *names: str) -> None:
    """Make method files of those cases, as in a --methods-dir of one's own."""
    (folder / "toy").mkdir(parents=True)
    for name in names:
        indented = "    " + CASES[name][0]
        title = name.replace("_", " ").capitalize()
        text = HEAD.format(name=name, title=title, body=indented)
        (folder / "toy" / f"{name}.py").write_text(text)

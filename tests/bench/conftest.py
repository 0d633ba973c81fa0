"""A small checkout for the engine's tests: the real engine, a toy suite, real processes."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from compileall import compile_dir
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from subprocess import CompletedProcess
from tempfile import TemporaryDirectory
from typing import Any

import psutil
import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
HONEST = ("half", "noisy", "zero", "truth")
"""The toy suite's methods and references that do nothing but what they should."""


def chosen(*methods: str) -> tuple[str, ...]:
    """The options that choose those methods."""
    return tuple(part for name in methods for part in ("--method", name))


def digits(records: Iterable[Any]) -> dict[tuple[str, ...], Any]:
    """What must not depend on order, company, place, or what happened on the way, by run."""
    return {
        (r["task"], r["method"], r["variant"], r["seed"]): (r["status"], r["metrics"], r["key"])
        for r in records
    }


EACH = """
import io, json, sys
from contextlib import redirect_stderr, redirect_stdout

from commands.cli import main

for arguments in json.loads(sys.argv[1]):
    code, out, err = 0, io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        try:
            main(arguments)
        except SystemExit as ended:
            code = ended.code
    print(json.dumps([code, out.getvalue(), err.getvalue()]), flush=True)
"""
"""Commands one after another in one process: each one's exit code, and what it printed."""


def listen_to_ctrl_c() -> None:
    """Take SIGINT as a terminal's program does: a shell's background job is started deaf to it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@dataclass
class Checkout:
    """A folder with bench/ and the toy suite, its own state, and variables of its own."""

    root: Path
    variables: dict[str, str] = field(default_factory=dict)

    def environment(self, **variables: str) -> dict[str, str]:
        """The variables that a command sees in it."""
        inherited = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        return {**inherited, "WEIGHHOUSE_HOME": str(self.home), **self.variables, **variables}

    def start(
        self, *arguments: str, before: Callable[[], None] | None = None, **variables: str
    ) -> subprocess.Popen[str]:
        """Start `python -m bench ARGUMENTS` in it; `before` runs in the new process first."""
        return subprocess.Popen(
            [sys.executable, "-m", "bench", *arguments],
            cwd=self.root,
            env=self.environment(**variables),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=before or listen_to_ctrl_c,
        )

    def bench(
        self, *arguments: str, before: Callable[[], None] | None = None, **variables: str
    ) -> CompletedProcess[str]:
        """Run `python -m bench ARGUMENTS` in it, to its end."""
        process = self.start(*arguments, before=before, **variables)
        out, err = process.communicate(timeout=280)
        return CompletedProcess(arguments, process.returncode, out, err)

    def terminated_underway(self, *arguments: str) -> CompletedProcess[str]:
        """Start it, send SIGTERM as soon as it tells how much is left, and what it then gives."""
        process = self.start(*arguments)
        assert process.stderr is not None
        next(line for line in process.stderr if " left" in line)
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=30)
        return CompletedProcess(arguments, process.returncode, out, err)

    def bench_each(self, commands: Iterable[Iterable[str]]) -> list[CompletedProcess[str]]:
        """The same of several commands, in one process: for what they say, not how they end."""
        listed = [list(map(str, command)) for command in commands]
        done = subprocess.run(
            [sys.executable, "-c", EACH, json.dumps(listed)],
            cwd=self.root,
            env=self.environment(),
            capture_output=True,
            text=True,
            check=True,
            timeout=280,
        )
        printed = [json.loads(line) for line in done.stdout.splitlines()]
        return [CompletedProcess(c, *p) for c, p in zip(listed, printed, strict=True)]

    def bench_each_and_keep(self, commands: Mapping[str, Iterable[str]]) -> None:
        """The same of named commands, and what each gives is `told` by the checkout."""
        given = zip(commands, self.bench_each(commands.values()), strict=True)
        told = {
            name: [done.args, done.returncode, done.stdout, done.stderr] for name, done in given
        }
        (self.root / "told.json").write_text(json.dumps(told))

    @property
    def told(self) -> dict[str, CompletedProcess[str]]:
        """Name -> what that command gave, in this checkout or in that which it copies."""
        told = json.loads((self.root / "told.json").read_text())
        return {name: CompletedProcess(*given) for name, given in told.items()}

    def run(self, *methods: str, tier: str = "smoke", options: tuple[str, ...] = ()) -> list[Any]:
        """The records that `run --json` gives for those methods (all if none)."""
        done = self.bench("run", "--tier", tier, "--json", *chosen(*methods), *options)
        assert done.returncode in (0, 1), done.stderr
        return json.loads(done.stdout)["records"]

    def run_and_keep(
        self, *methods: str, tier: str = "smoke", options: tuple[str, ...] = ()
    ) -> None:
        """The same where every run comes to a result; the records are `kept` with the checkout."""
        records = self.run(*methods, tier=tier, options=options)
        assert {record["status"] for record in records} == {"ok"}
        (self.root / "run.json").write_text(json.dumps(records))

    @property
    def kept(self) -> list[Any]:
        """The records that `run_and_keep` made, in this checkout or in that which it copies."""
        return json.loads((self.root / "run.json").read_text())

    @property
    def home(self) -> Path:
        """Where its state lies."""
        return self.root / ".weighhouse"

    def left_behind(self, patience: float = 5.0) -> list[str]:
        """Commands of processes that a bench of this checkout started and that are still alive.

        Whatever they did to their session and parents, they inherited the bench's environment.
        """
        deadline = time.monotonic() + patience
        while (alive := list(self._started())) and time.monotonic() < deadline:
            time.sleep(0.1)
        for process in alive:
            with suppress(psutil.Error):
                process.kill()
        return [f"{p.pid} {p.info['cmdline']}" for p in alive]

    def _started(self) -> Iterator[psutil.Process]:
        mark = str(self.home)
        for process in psutil.process_iter(["environ", "cmdline", "status"]):
            mine = (process.info["environ"] or {}).get("WEIGHHOUSE_HOME") == mark
            if mine and process.info["status"] != psutil.STATUS_ZOMBIE:
                yield process

    def edit(self, file: str, old: str, new: str) -> None:
        """Replace text that must be there."""
        path = self.root / file
        text = path.read_text()
        assert old in text, f"{file} has no {old!r}"
        path.write_text(text.replace(old, new))

    def keep_methods(self, *names: str) -> None:
        """Delete the other methods: whoever tries a method would wait for the hostile ones too."""
        for file in (self.root / "methods/toy").glob("[!_]*.py"):
            if file.stem not in names:
                file.unlink()

    def copy_to(self, root: Path) -> Checkout:
        """A copy to be changed, with all that was run in this one."""
        return Checkout(shutil.copytree(self.root, root, symlinks=True))


@cache
def template() -> TemporaryDirectory[str]:
    """What each checkout of this process is a copy of, with its modules compiled.

    Every command is several processes, and each would compile what it imports. A module that a
    test edits is compiled anew, as its time and size are no longer those that were compiled.
    """
    folder = TemporaryDirectory(prefix="template-")
    root = Path(folder.name) / "checkout"
    ignored = shutil.ignore_patterns("__pycache__", "published")
    shutil.copytree(Path(__file__).parent / "toy", root, ignore=ignored)
    for package in ("bench", "commands", "reports"):
        shutil.copytree(REPOSITORY / package, root / package, ignore=ignored)
        compile_dir(root / package, quiet=1)
    return folder


def make(root: Path) -> Checkout:
    """A fresh checkout in a folder that isn't there yet."""
    return Checkout(shutil.copytree(Path(template().name) / "checkout", root))


@pytest.fixture(scope="module")
def make_checkout():
    """Makes checkouts."""
    return make


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """A fresh checkout, with its own home."""
    return make(tmp_path / "checkout")


MANY_SEEDS = ("--seeds", "20")
MANY = ("run", "--tier", "small", *MANY_SEEDS, *chosen(*HONEST))
"""The command of `many`."""


@pytest.fixture(scope="session")
def many(build_once: Callable[..., Path]) -> Checkout:
    """A checkout with 100 records at small: 20 seeds of five runs. Copy it to change it."""

    def run_many(folder: Path) -> None:
        make(folder).run_and_keep(*HONEST, tier="small", options=MANY_SEEDS)

    return Checkout(build_once("many", run_many))


@pytest.fixture(scope="session")
def honest(build_once: Callable[..., Path]) -> Checkout:
    """A checkout in which the honest methods have run at smoke. Copy it to change it."""
    return Checkout(build_once("honest", lambda folder: make(folder).run_and_keep(*HONEST)))


OWN_METHOD = '''"""Half, with the suite's own helper."""

from bench import method
from mine.scoring import distance


@method(name="{name}", title="Own", paper=("Own", 2026, "https://example.org"))
def {name}(problem):
    return problem.numbers.sum() + 0 * distance(1, 1)
'''


def rename_toy(folder: Path, package: str, name: str) -> None:
    """Make a suite of its own of a copy of the toy suite.

    Args:
        package: what it is imported as.
        name: the suite's; its task becomes `<name>-add`.
    """
    for file in folder.glob("*.py"):
        text = file.read_text().replace("suites.toy", package)
        text = text.replace("suites/toy", package.replace(".", "/")).replace('"toy"', f'"{name}"')
        file.write_text(text.replace('name="add"', f'name="{name}-add"'))


@pytest.fixture
def elsewhere(checkout):
    """A folder outside of the checkout's suites/: the toy suite again, called `mine`."""
    return add_elsewhere(checkout)


def add_elsewhere(checkout: Checkout) -> Path:
    """Lay such a folder into a checkout."""
    root = checkout.root
    folder = root / "elsewhere"
    shutil.copytree(root / "suites/toy", folder / "mine")
    rename_toy(folder / "mine", "mine", "mine")
    (folder / "mine/methods").mkdir()
    (folder / "mine/methods/own.py").write_text(OWN_METHOD.format(name="own"))
    return folder

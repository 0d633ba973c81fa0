"""How tests share: one browser, one thread, what is costly to build, and processes side by side.

`nox -s tests` runs them in several processes. A file's tests stay together in one of them, for
they share what its fixtures build; some go wherever there is room. Playwright can be started only
once in a process.

tests/crosscheck needs packages of its own: `nox -s crosscheck` names that folder, plain runs pass
it by.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
import torch
from filelock import FileLock
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser, sync_playwright
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from bench.catalogue.registry import Method, catalogue

collect_ignore = ["crosscheck"]

# what an example may take isn't a promise: several processes share the cores
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")

CHROMIUM = "/usr/bin/chromium"

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


SPREAD = tuple(
    f"tests/bench/test_{name}.py"
    for name in (
        *("carry", "cluster", "declared", "durability", "forkserver", "key", "machines", "new"),
        *("packages", "registry", "run", "suites_dir", "try", "try_failing", "two_benches"),
    )
)
"""Files whose tests share nothing but what `build_once` builds: each goes where there is room."""


class SideBySide(LoadScopeScheduling):
    """Keeps each file's tests in one process, but for those of `SPREAD`; most tests first."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return nodeid if file in SPREAD else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> SideBySide:
    """What `-n` distributes by, whatever `--dist` says."""
    return SideBySide(config, log)


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> Iterator[None]:
    """As the engine runs its jobs: the digits depend on it, and threads of several processes that
    wait for each other on few cores take many times as long.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


BuildOnce = Callable[[str, Callable[[Path], object]], Path]


@pytest.fixture(scope="session")
def build_once(tmp_path_factory: pytest.TempPathFactory) -> BuildOnce:
    """`build_once(name, build)`: a folder that `build` fills, once for all of the run's processes.

    Nobody may change what is in it. Where `build` fails, whoever else asks is told so at once: it
    would fail again, after as long.
    """
    base = tmp_path_factory.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "shared"
    shared.mkdir(exist_ok=True)

    def built(name: str, build: Callable[[Path], object]) -> Path:
        folder, begun, done = (shared / f"{name}{end}" for end in ("", ".begun", ".done"))
        with FileLock(shared / f"{name}.lock"):
            if not done.exists():
                assert not begun.exists(), f"{name} couldn't be built; its first test tells why"
                begun.touch()
                build(folder)
                done.touch()
        return folder

    return built


TASKS_LIKE_OTHERS = (
    *("compose-far", "compose-domains", "compose-mnist", "lora", "macro", "micro201"),
    *("coreset-clean", "coreset-tail", "coreset-copies", "coreset-fashion"),
    *("coreset-fashion-noise", "debug-fashion", "distill-fashion-1", "distill-fashion-10"),
)
"""Tasks that differ from another of their suite in their images or networks alone: only
`nox -s endurance` benches them at smoke."""

NAMED = ("iso_c", "mip", "pranc", "spos", "standard", "task_arithmetic", "ties")
"""Methods that tests of the smoke bench look at by name."""


def representatives(methods: Mapping[str, Method]) -> list[str]:
    """The rows of a suite that the usual smoke bench makes, by name.

    All references; of the methods that are given the same things in one track the first, and
    `NAMED`. The harness can't tell such methods apart, and each has its own contract's tests on
    tiny problems; `nox -s endurance` benches all.
    """
    chosen: dict[object, str] = {}
    for name, method in methods.items():
        alone = method.kind == "reference" or name in NAMED
        chosen.setdefault(name if alone else (method.track, frozenset(method.needs)), name)
    return list(chosen.values())


def smoke_options() -> list[str]:
    """What the usual smoke bench is of: the first seed of most tasks and of some methods."""
    found, asked = catalogue(), dict[tuple[str, str], None]()
    for suite in found.suites.values():
        tasks = [task for task in suite.tasks if task.name not in TASKS_LIKE_OTHERS]
        asked |= {("--task", task.name): None for task in tasks}
        for name in representatives(found.methods[suite.name]):
            if any(map(found.methods[suite.name][name].enters, tasks)):
                asked["--method", name] = None
    return ["--tier", "smoke", "--seeds", "1", *(part for pair in asked for part in pair)]


def run_smoke(home: Path) -> None:
    """Bench the first seed of most tasks at smoke, and keep what `run --json` says of it."""
    home.mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "bench", "run", "--json", *smoke_options()],
        cwd=Path(__file__).resolve().parents[1],
        env={**os.environ, "WEIGHHOUSE_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (home / "run.json").write_text(done.stdout)


@pytest.fixture(scope="session")
def smoke_home(build_once: BuildOnce) -> Path:
    """The home of a bench by `smoke_options`: copy it to change it."""
    return build_once("smoke_home", run_smoke)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The machine's own chromium; where there is none these tests fail."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield started
        started.close()

"""Weighhouse's sessions. Each makes its own environment: `pip install nox` is all that is needed.

nox -s bench [-- OPTIONS]     run the benchmark (python -m bench run OPTIONS), then build the site
nox -s new -- SUITE NAME      write a new method's file, e.g. nox -s new -- merging my_method;
                              with --suite NAME write a new suite
nox -s try -- FILE [OPTIONS]  check a method's file, run it, compare it with every other method
nox -s apply -- METHOD ...    merge checkpoints of your own with a method of the leaderboard
nox -s tests [-- OPTIONS]     the tests (pytest OPTIONS), about 12 minutes on two cores
nox -s endurance [-- OPTIONS] the tests that repeat a promise for the sake of confidence
nox -s lint                   ruff, mypy and import-linter
nox -s ci                     lint and tests, in one environment
nox -s versions               quick tests and a smoke bench on other Pythons, with the dependencies'
                              lowest versions, the locked ones and the newest: docs/machines.md
nox -s leaderboard            the public site, from the published records
nox -s screenshots            the pictures of it that documents show (needs Debian's chromium)
nox -s audit [-- OPTIONS]     make a sample of the published records again, and compare
nox -s crosscheck [-- ...]    our methods against those of mergekit, fusion-bench, hyperlight,
                              hypnettorch, data-selection, apricot-select and vendi-score; with
                              --at-size [OPTIONS] time and memory of merging states of ViT-B/32's
                              shapes; with --at-size --files [OPTIONS] of `apply` beside mergekit's
                              own command
"""

from __future__ import annotations

import os
from pathlib import Path

import nox

nox.needs_version = ">=2024.10.9"
nox.options.sessions = ["lint", "tests"]
nox.options.reuse_venv = "yes"
nox.options.error_on_missing_interpreters = False

LOCK = "requirements.lock"
OTHERS = "tests/crosscheck/requirements.txt"
SITE = "site"
STAMP = "weighhouse-installed"
PYTHONS = ("3.11", "3.12", "3.13")
QUICK = (
    *("tests/bench/test_flops_formulas.py", "tests/bench/test_flops_table.py"),
    *("tests/bench/test_flops_watch.py", "tests/bench/test_landlock.py"),
    *("tests/bench/test_meter.py", "tests/bench/test_mistakes.py", "tests/bench/test_order.py"),
    *("tests/bench/test_source.py", "tests/bench/test_store.py"),
    *("tests/reports", "tests/suites/common"),
)
"""Tests that hold every dependency's calls in a few minutes; the smoke bench holds the methods'."""

TRIED = """
import platform, torch
from suites.common.torchvision_shim import import_torchvision
torchvision = import_torchvision()
build = f"CUDA {torch.version.cuda}" if torch.version.cuda else "CPU"
print(f"passed: Python {platform.python_version()}, torch {torch.__version__} (build for {build}), "
      f"torchvision {torchvision.__version__}")
"""


def install(session: nox.Session, *extras: str, requirements: str | None = None) -> None:
    """Install this checkout with the locked versions, where that isn't done already.

    With `requirements` also what that file names, in the same step: pip then finds versions that
    suit both, or says which can't.
    """
    if not isinstance(session.virtualenv, nox.virtualenv.VirtualEnv):
        return
    wanted = Path("pyproject.toml").read_text() + Path(LOCK).read_text() + " ".join(extras)
    besides = ["-r", requirements] if requirements else []
    wanted += Path(requirements).read_text() if requirements else ""
    stamp = Path(session.virtualenv.location) / STAMP
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    # torch first: asked for by its exact version it may come from a local wheel
    torch = next(line for line in Path(LOCK).read_text().splitlines() if line.startswith("torch=="))
    session.install(torch)
    target = f".[{','.join(extras)}]" if extras else "."
    session.install("-c", LOCK, "-e", target, *besides)
    stamp.write_text(wanted)


def options(arguments: list[str], name: str) -> list[str]:
    """The values that an option has among the arguments."""
    pairs = zip(arguments, [*arguments[1:], ""], strict=True)
    return [
        after if argument == name else argument.partition("=")[2]
        for argument, after in pairs
        if argument == name or argument.startswith(name + "=")
    ]


def option(arguments: list[str], name: str, default: str) -> str:
    """The last value of an option among the arguments."""
    return (options(arguments, name) or [default])[-1]


@nox.session(venv_backend="venv")
def bench(session: nox.Session) -> None:
    """Run the benchmark, then build the site from the store: nox -s bench -- --tier smoke."""
    install(session)
    arguments = list(session.posargs)
    if "--help" in arguments:
        session.run("python", "-m", "bench", "run", "--help")
        return
    if not any(argument.partition("=")[0] in ("--prove", "--fresh") for argument in arguments):
        arguments += ["--prove", "5"]
    ended = None
    try:
        session.run("python", "-m", "bench", "run", *arguments)
    except nox.command.CommandFailed as error:
        if error.reason != "Returned code 1":  # 1: every run has its record, and some are amiss
            raise
        ended = error
    home = Path(os.environ.get("WEIGHHOUSE_HOME", ".weighhouse"))
    store = option(arguments, "--store", str(home / "records.sqlite"))
    tier = option(arguments, "--tier", "small")
    folders = [
        part
        for name in ("--methods-dir", "--suites-dir")
        for folder in options(arguments, name)
        for part in (name, folder)
    ]
    session.run(
        *("python", "-m", "leaderboard", "build", "--store", store, "--tier", tier, "--out", SITE),
        *folders,
        silent="--json" in arguments,
    )
    if ended is not None:
        raise ended


@nox.session(venv_backend="venv")
def new(session: nox.Session) -> None:
    """Write a new method's file, or a suite: nox -s new -- merging my_method."""
    install(session)
    session.run("python", "-m", "bench", "new", *session.posargs)


@nox.session(name="try", venv_backend="venv")
def try_(session: nox.Session) -> None:
    """Check and run a method, and compare it: nox -s try -- methods/merging/my_method.py."""
    install(session)
    session.run("python", "-m", "bench", "try", *session.posargs)


@nox.session(venv_backend="venv")
def apply(session: nox.Session) -> None:
    """Merge checkpoints: nox -s apply -- ties a.safetensors b.safetensors --pretrained ... ."""
    install(session)
    session.run("python", "-m", "bench", "apply", *session.posargs)


@nox.session(venv_backend="venv")
def tests(session: nox.Session) -> None:
    """Run the tests, a smoke bench and a look at the site in a real browser among them.

    Those marked `endurance` have a session of their own.
    """
    install(session, "dev")
    if session.posargs:
        session.run("python", "-m", "pytest", *session.posargs)
    else:
        run_tests(session)


def run_tests(session: nox.Session) -> None:
    """Run the usual tests side by side, then those that need the machine for themselves.

    The former in one process more than there are cores, as some wait while others compute; the
    latter (marked `alone`: what must happen within so many seconds) one by one.
    """
    beside = ("-n", str((os.cpu_count() or 1) + 1))
    session.run("python", "-m", "pytest", *beside, "-m", "not alone and not endurance")
    session.run("python", "-m", "pytest", "-m", "alone and not endurance")


@nox.session(venv_backend="venv")
def endurance(session: nox.Session) -> None:
    """Run the tests that repeat a promise for the sake of confidence, one by one.

    Twenty kills instead of three, a smoke bench of every seed, every edit of the table of keys
    undone. Each of these promises has a quick test among the usual ones.
    """
    install(session, "dev")
    session.run("python", "-m", "pytest", "-m", "endurance", "--timeout", "1800", *session.posargs)


@nox.session(venv_backend="venv")
def lint(session: nox.Session) -> None:
    """Check style, types, and which package may import which."""
    install(session, "dev")
    run_checks(session)


def run_checks(session: nox.Session) -> None:
    """Check style, types, and which package may import which."""
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("mypy")
    session.run("lint-imports")


@nox.session(venv_backend="venv", default=False)
def ci(session: nox.Session) -> None:
    """Do what `lint` and `tests` do in one environment: installing it twice takes minutes."""
    install(session, "dev")
    run_checks(session)
    run_tests(session)


@nox.session(venv_backend="venv", python=PYTHONS)
@nox.parametrize("which", ["lowest", "locked", "newest"])
def versions(session: nox.Session, which: str) -> None:
    """Run quick tests and a smoke bench of one seed with other versions than the usual ones.

    A Python that isn't here is passed by in words. Of torch it is the build that pip finds; what
    was tried is said at the end.
    """
    if which == "lowest":
        constraints = Path(session.create_tmp()) / "lowest.txt"
        constraints.write_text(lowest())
        session.install("-c", str(constraints), "-e", ".[test]")
    elif which == "locked":
        install(session, "test")
    else:
        session.install("--upgrade", "--upgrade-strategy", "eager", "-e", ".[test]")
    session.run("python", "-m", "pytest", "--hypothesis-seed=0", *QUICK)
    home = str(Path(session.create_tmp()).absolute() / "home")
    smoke = ("--tier", "smoke", "--seeds", "1", "--fresh")
    session.run("python", "-m", "bench", "run", *smoke, env={"WEIGHHOUSE_HOME": home})
    session.run("python", "-c", TRIED)


def lowest() -> str:
    """What a bench or a test imports, at the lowest versions that pyproject.toml admits."""
    project = nox.project.load_toml("pyproject.toml")["project"]
    extras = project["optional-dependencies"]
    named = [*project["dependencies"], *extras["test"], *extras["pretrained"]]
    others = [dependency for dependency in named if not dependency.startswith("weighhouse[")]
    return "\n".join(dependency.replace(">=", "==") for dependency in others) + "\n"


@nox.session(venv_backend="venv")
def leaderboard(session: nox.Session) -> None:
    """Build the public site from reports/published."""
    install(session)
    session.run("python", "-m", "leaderboard", "build", "--out", SITE, *session.posargs)


@nox.session(venv_backend="venv", default=False)
def screenshots(session: nox.Session) -> None:
    """Build the public site and take the pictures of it that documents show."""
    install(session, "dev")
    session.run("python", "-m", "leaderboard", "build", "--out", SITE)
    session.run("python", "-m", "tests.screenshots", SITE, *session.posargs)


@nox.session(venv_backend="venv")
def audit(session: nox.Session) -> None:
    """Make a random sample of the published records again, and compare."""
    install(session)
    session.run("python", "-m", "bench", "audit", *session.posargs)


@nox.session(venv_backend="venv")
def crosscheck(session: nox.Session) -> None:
    """Compare our methods with what others wrote: digits, or --at-size time and memory."""
    install(session, "dev", requirements=OTHERS)
    arguments = list(session.posargs)
    if "--at-size" in arguments:
        arguments.remove("--at-size")
        on_files = "--files" in arguments
        if on_files:
            arguments.remove("--files")
        beside, at_size = "tests/perf/bench_apply_beside.py", "tests/perf/bench_merging_at_size.py"
        session.run("python", beside if on_files else at_size, *arguments)
    else:
        session.run("python", "-m", "pytest", "tests/crosscheck", *arguments)

"""What the engine costs beside benchopt's: the same trivial benchmark for both, in one run.

    python tests/perf/bench_against_benchopt.py [--rounds N] [--benchopt PYTHON]

20 methods x 25 repeats of adding up 64 numbers. Ours runs every method in a process of its own
and scores it in another; benchopt has no isolation, neither in its own process (-j 1) nor in
joblib's (-j 2). The rounds take turns, the best of each counts, and the ratios are printed.
Without --benchopt, benchopt is installed into a virtual environment under the temporary folder.
Not a test: machines differ, so nothing is asserted.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOY = ROOT / "tests" / "bench" / "toy"
VERSION = "1.10.0"
METHODS, REPEATS, NUMBERS = 20, 25, 64
RUNS = METHODS * REPEATS

OUR_METHOD = '''"""Adds the numbers up."""

from bench import method


@method(name="m{i:02}", title="m{i:02}", paper=("A note", 2020, "https://example.org"))
def m{i:02}(problem):
    return problem.numbers.sum()
'''

OBJECTIVE = """from benchopt import BaseObjective


class Objective(BaseObjective):
    name = "add"
    sampling_strategy = "run_once"

    def set_data(self, numbers):
        self.numbers = numbers

    def evaluate_result(self, total):
        return {"value": abs(total - self.numbers.sum())}

    def get_one_result(self):
        return {"total": 0.0}

    def get_objective(self):
        return {"numbers": self.numbers}
"""

DATASET = f"""import numpy as np

from benchopt import BaseDataset


class Dataset(BaseDataset):
    name = "numbers"

    def get_data(self):
        return {{"numbers": np.random.default_rng(self.get_seed()).normal(size={NUMBERS})}}
"""

SOLVER = """from benchopt import BaseSolver


class Solver(BaseSolver):
    name = "m{i:02}"
    sampling_strategy = "run_once"

    def set_objective(self, numbers):
        self.numbers = numbers

    def run(self, _):
        self.total = self.numbers.sum()

    def get_result(self):
        return {{"total": self.total}}
"""


class Ours:
    """Weighhouse's side: a checkout with the toy suite and 20 methods that add up."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "ours"
        shutil.copytree(TOY, self.root)
        shutil.copytree(ROOT / "bench", self.root / "bench")
        methods = self.root / "methods" / "toy"
        for file in methods.glob("[a-z]*.py"):
            file.unlink()
        for i in range(METHODS):
            (methods / f"m{i:02}.py").write_text(OUR_METHOD.format(i=i))
        self.run(RUNS)  # builds the assets: every repeat's numbers and their sum

    def run(self, runs: int, *options: str) -> None:
        """`bench run` of one run, or of all 500."""
        names = [f"m{i:02}" for i in range(METHODS if runs > 1 else 1)]
        chosen = [part for name in names for part in ("--method", name)]
        seeds = str(REPEATS if runs > 1 else 1)
        quiet(
            [sys.executable, "-m", "bench", "run", "--tier", "small", "--jobs", "2", *chosen,
             "--seeds", seeds, *options],
            self.root, {"WEIGHHOUSE_HOME": str(self.root / "home")},
        )  # fmt: skip

    def cold(self, runs: int) -> None:
        """Every run made anew, its assets being there."""
        self.run(runs, "--fresh")

    def served(self, runs: int) -> None:
        """Every run served."""
        self.run(runs)


class Theirs:
    """benchopt's side: the same benchmark in its form, `jobs` side by side."""

    def __init__(self, folder: Path, python: str, jobs: int) -> None:
        self.root, self.python, self.jobs = folder / f"theirs{jobs}", python, jobs
        for kind in ("datasets", "solvers"):
            (self.root / kind).mkdir(parents=True)
        (self.root / "objective.py").write_text(OBJECTIVE)
        (self.root / "datasets" / "numbers.py").write_text(DATASET)
        for i in range(METHODS):
            (self.root / "solvers" / f"m{i:02}.py").write_text(SOLVER.format(i=i))

    def run(self, runs: int) -> None:
        """`benchopt run` of one run, or of all 500."""
        one = [] if runs > 1 else ["-s", "m00"]
        quiet(
            [self.python, "-m", "benchopt", "run", ".", *one, "-n", "1", "--seed", "1",
             "-r", str(REPEATS if runs > 1 else 1), "-j", str(self.jobs), "--no-plot"],
            self.root, {},
        )  # fmt: skip

    def cold(self, runs: int) -> None:
        """Every run made anew."""
        shutil.rmtree(self.root / "__cache__", ignore_errors=True)
        self.run(runs)

    def served(self, runs: int) -> None:
        """Every run from its cache: `cold` of as many goes before."""
        self.run(runs)


def quiet(command: list[str], folder: Path, variables: dict[str, str]) -> None:
    """Run a command, and show what it said only where it fails."""
    environment = {**os.environ, **variables}
    environment.pop("PYTHONPATH", None)
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


def seconds(work: Callable[[int], None], runs: int) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    work(runs)
    return time.perf_counter() - start


def environment_with_benchopt() -> str:
    """The interpreter of a virtual environment that has benchopt, made where it is missing."""
    folder = Path(tempfile.gettempdir()) / f"weighhouse-benchopt-{VERSION}"
    python = folder / "bin" / "python"
    if not (folder / "installed").is_file():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        command = [str(python), "-m", "pip", "install", "--quiet", f"benchopt=={VERSION}"]
        subprocess.run(command, check=True)
        (folder / "installed").touch()
    return str(python)


def measure(sides: dict[str, Ours | Theirs], rounds: int) -> dict[str, dict[str, float]]:
    """Best seconds of each side's four works, the sides taking turns."""
    best: dict[str, dict[str, float]] = {name: {} for name in sides}
    for _ in range(rounds):
        for runs, label in ((1, "one"), (RUNS, "all")):
            for kind in ("cold", "served"):
                for name, side in sides.items():
                    spent = seconds(getattr(side, kind), runs)
                    place = f"{kind} {label}"
                    best[name][place] = min(best[name].get(place, spent), spent)
    return best


def report(best: dict[str, dict[str, float]]) -> None:
    """Milliseconds a run, seconds to start, and ours in ratio to each of theirs."""
    figures = {
        name: {
            "a cold run, ms": (found["cold all"] - found["cold one"]) / (RUNS - 1) * 1e3,
            "a served run, ms": (found["served all"] - found["served one"]) / (RUNS - 1) * 1e3,
            "start (one served run), s": found["served one"],
            "one cold run, s": found["cold one"],
            "all 500 cold, s": found["cold all"],
            "all 500 served, s": found["served all"],
        }
        for name, found in best.items()
    }
    ours, *others = figures
    for what, value in figures[ours].items():
        against = ", ".join(
            f"{name} {figures[name][what]:.2f} (ratio {value / figures[name][what]:.2f})"
            for name in others
        )
        print(f"{what}: ours {value:.2f}; {against}")


def main() -> None:
    """Measure both sides, and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--benchopt", metavar="PYTHON", help="an interpreter that has benchopt")
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    python = asked.benchopt or environment_with_benchopt()
    with tempfile.TemporaryDirectory() as folder:
        sides: dict[str, Ours | Theirs] = {
            "ours (isolated, 2 jobs)": Ours(Path(folder)),
            "benchopt -j 1": Theirs(Path(folder), python, jobs=1),
            "benchopt -j 2": Theirs(Path(folder), python, jobs=2),
        }
        print(f"{METHODS} methods x {REPEATS} repeats, best of {asked.rounds} rounds in turns;")
        print(f"the machine's load is {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
        report(measure(sides, asked.rounds))


if __name__ == "__main__":
    main()

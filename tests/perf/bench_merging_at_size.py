"""Time and memory of every data-free merging method on eight states of ViT-B/32's shapes.

    nox -s crosscheck -- --at-size [OPTIONS]        or
    python tests/perf/bench_merging_at_size.py [--method NAME]... [--scale SHARE] [--threads N]
        [--repeats N] [--python PATH] [--alone]

Each state has CLIP's visual tower ViT-B/32: 87 million float32 weights, drawn at random. A method
runs beside mergekit's and fusion-bench's function for it, where there is one: each measurement in
a fresh process, the sides in turn, the least seconds and the most memory of the repeats. Seconds
are the process's CPU time (with one thread, what it takes on a quiet machine).
"above" is the peak of the process's memory during the call, over what it held before it (imports,
a warm-up on a tiny problem, and the nine states: 3.1 GB); "peak" is all of it, and ours should stay
within 12 GB. Ratios are ours to theirs: below 1 ours is faster, or smaller. `--scale` is the share
of the twelve blocks; `--python` is the interpreter that has both packages (by default this one, or
what `nox -s crosscheck` made); `--alone` measures ours only. A side that needs more than `--limit`
GB is stopped and shown as such. Not a test: figures depend on what else the machine does.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Generator

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bench.catalogue.registry import catalogue
from suites.merging.problem import MergingProblem
from suites.merging.tiny import tiny_problem
from suites.merging.vectors import State

ROOT = Path(__file__).resolve().parents[2]
EXPERTS = 8
OURS = "ours"
WIDTH, HIDDEN, BLOCKS, TOKENS = 768, 3072, 12, 50
GB = 1e9
HEADER = """\
                      ours                                  theirs                    ratios
method                   s  peak GB above  beside                s  peak GB above    time  above"""


@dataclass(frozen=True)
class Measured:
    """One call: CPU seconds, and bytes at the peak, in all and above what was held before."""

    seconds: float
    peak: int
    above: int


def shapes(scale: float) -> dict[str, tuple[int, ...]]:
    """Names and shapes of CLIP's visual tower ViT-B/32, with that share of its blocks."""
    found: dict[str, tuple[int, ...]] = {
        "embeddings.class_embedding": (WIDTH,),
        "embeddings.patch_embedding.weight": (WIDTH, 3, 32, 32),
        "embeddings.position_embedding.weight": (TOKENS, WIDTH),
    }
    linear = {f"self_attn.{part}_proj": (WIDTH, WIDTH) for part in "kvq"}
    linear |= {"self_attn.out_proj": (WIDTH, WIDTH)}
    linear |= {"mlp.fc1": (HIDDEN, WIDTH), "mlp.fc2": (WIDTH, HIDDEN)}
    norms = ["pre_layrnorm", "post_layernorm"]
    for block in range(max(1, round(BLOCKS * scale))):
        prefix = f"encoder.layers.{block}"
        norms += [f"{prefix}.layer_norm1", f"{prefix}.layer_norm2"]
        for name, shape in linear.items():
            found[f"{prefix}.{name}.weight"] = shape
            found[f"{prefix}.{name}.bias"] = shape[:1]
    for name in norms:
        found |= {f"{name}.weight": (WIDTH,), f"{name}.bias": (WIDTH,)}
    return found


def problem_at_size(scale: float) -> MergingProblem:
    """Eight experts moved from one start at random: every process draws the same."""
    from tests.crosscheck.others import as_module

    generator = Generator().manual_seed(0)

    def state(start: State | None, size: float) -> State:
        drawn = {n: torch.empty(s).normal_(0, size, generator=generator) for n, s in sizes.items()}
        return drawn if start is None else {n: t.add_(start[n]) for n, t in drawn.items()}

    sizes = shapes(scale)
    start = state(None, 0.02)
    experts = [state(start, 0.002) for _ in range(EXPERTS)]
    layers = {name for name in sizes if "encoder" in name and len(sizes[name]) == 2}
    return MergingProblem(as_module(start, layers), experts, pretrained=start)


def measure(method: str, side: str, scale: float, threads: int, limit: float) -> Measured:
    """One call in this process."""
    from tests.crosscheck.at_size import ours, theirs

    torch.set_num_threads(threads)
    entry = catalogue().methods["merging"][method]
    call = ours(entry) if side == OURS else theirs(method, side)
    with torch.no_grad():
        call(tiny_problem(experts=EXPERTS))  # imports, first use of the libraries
        problem = problem_at_size(scale)
        resource.setrlimit(resource.RLIMIT_DATA, (round(limit * GB),) * 2)
        Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew
        before = memory("VmRSS")
        begin = time.process_time()
        result = call(problem)
        seconds = time.process_time() - begin
    peak = memory("VmHWM")
    del result
    return Measured(seconds, peak, peak - before)


def memory(field: str) -> int:
    """Bytes that Linux tells of this process: VmRSS now, VmHWM at its peak."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith(field))


def in_fresh_process(python: str, method: str, side: str, options: list[str]) -> Measured | str:
    """What a process of its own measured, or why it didn't."""
    command = [python, str(Path(__file__)), "--measure", side, "--method", method, *options]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if ended.returncode == 0:
        return Measured(**json.loads(ended.stdout.splitlines()[-1]))
    if "alloc" in ended.stderr or ended.returncode == -9:
        return "more than the limit"
    print(ended.stderr, file=sys.stderr)
    return "failed"


def rows(method: str, packages: list[str], run: dict[str, list[Measured | str]]) -> list[str]:
    """The table's lines of one method: one for each package, or ours alone."""
    mine = best(run[OURS])
    if isinstance(mine, str):
        return [f"{method:<16} {mine}"]
    lines = []
    for package in packages:
        other = best(run[package])
        if isinstance(other, str):
            lines.append(f"{method:<16} {cells(mine)}  {package:<12} {other}")
        else:
            ratios = mine.seconds / other.seconds, mine.above / max(other.above, 1)
            lines.append(
                f"{method:<16} {cells(mine)}  {package:<12} {cells(other)}  "
                f"{ratios[0]:6.3f} {ratios[1]:6.3f}"
            )
    return lines or [f"{method:<16} {cells(mine)}"]


def cells(measured: Measured) -> str:
    """Seconds and gigabytes, in columns."""
    return f"{measured.seconds:9.2f} {measured.peak / GB:8.2f} {measured.above / GB:5.2f}"


def best(measured: list[Measured | str]) -> Measured | str:
    """The least seconds and the most memory; or why there is none."""
    failures = [m for m in measured if isinstance(m, str)]
    good = [m for m in measured if isinstance(m, Measured)]
    if failures or not good:
        return failures[0]
    return Measured(
        min(m.seconds for m in good), max(m.peak for m in good), max(m.above for m in good)
    )


def interpreter(given: str | None) -> str:
    """Which Python has both packages."""
    if given:
        return given
    if importlib.util.find_spec("mergekit") and importlib.util.find_spec("fusion_bench"):
        return sys.executable
    made = ROOT / ".nox" / "crosscheck" / "bin" / "python"
    if not made.is_file():
        sys.exit(
            f"No Python with mergekit and fusion-bench: {made} isn't there. Run "
            "`nox -s crosscheck` once, name one with --python PATH, or measure --alone."
        )
    return str(made)


def main() -> None:
    """Measure every method, or one side of one method in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--method", action="append", help="only this one; may be repeated")
    parser.add_argument("--scale", type=float, default=1.0, help="share of the twelve blocks")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--limit", type=float, default=14.0, help="GB a process may allocate")
    parser.add_argument("--python", help="the interpreter that has mergekit and fusion-bench")
    parser.add_argument("--alone", action="store_true", help="ours only, with this interpreter")
    parser.add_argument("--measure", metavar="SIDE", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        done = measure(given.method[0], given.measure, given.scale, given.threads, given.limit)
        print(json.dumps(vars(done)))
        return

    from tests.crosscheck.at_size import THEIRS, needs_no_data

    known = [n for n, entry in catalogue().methods["merging"].items() if needs_no_data(entry)]
    unknown = set(given.method or ()) - set(known)
    if unknown:
        sys.exit(f"Not data-free merging methods: {sorted(unknown)}. There are: {sorted(known)}.")
    python = sys.executable if given.alone else interpreter(given.python)
    options = [f"--{n}={getattr(given, n)}" for n in ("scale", "threads", "limit")]
    weights = sum(torch.Size(shape).numel() for shape in shapes(given.scale).values())
    print(f"{EXPERTS} states of {weights:,} weights, threads: {given.threads}, float32")
    print(
        f"{'':<16} {'ours':>9} {'peak':>6} {'above':>7}   {'':<12}  {'theirs':>9} {'peak':>6} ",
        end="",
    )
    print(f"{'above':>7}   {'time':>6} {'above':>6}")
    print(
        f"{'method':<16} {'s':>9} {'GB':>6} {'GB':>7}   {'beside':<12}  {'s':>9} {'GB':>6} ", end=""
    )
    print(f"{'GB':>7}   {'ratio':>6} {'ratio':>6}", flush=True)
    for method in given.method or known:
        packages = [] if given.alone else list(THEIRS.get(method, {}))
        run: dict[str, list[Measured | str]] = {side: [] for side in (OURS, *packages)}
        for _ in range(given.repeats):
            for side, measured in run.items():
                measured.append(in_fresh_process(python, method, side, options))
        print("\n".join(rows(method, packages, run)), flush=True)


if __name__ == "__main__":
    main()

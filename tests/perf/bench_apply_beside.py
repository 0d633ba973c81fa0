"""`bench apply` beside mergekit's own command: time, memory and numbers, on the same files.

    nox -s crosscheck -- --at-size --files [OPTIONS]        or
    python tests/perf/bench_apply_beside.py [--method NAME]... [--width N] [--blocks N]
        [--experts N] [--repeats N] [--folder DIR] [--write]

Checkpoints of a network like Llama in bfloat16, drawn at random, each with the config.json that
mergekit wants: by default eight of two blocks of half of Llama 2 7B's width (232 million weights,
0.46 GB each), and for methods that sort or repeat of a quarter of that width (39 million). Each
method merges them by `python -m bench apply`, twice, as the second time it knows the files'
digests, and by `mergekit-yaml`, each in a process of its own, in turn, the files in the system's
cache beforehand; the least seconds and the most memory of the repeats count. mergekit runs
computing in float32 and writing bfloat16 as we do (`dtype: float32`), with which numbers are
compared, and computing in bfloat16, as many configurations say (`dtype: bfloat16`). Both sides may
take all cores. CPU seconds are those of all threads; beside other work they say more than the wall
clock. Memory is what a process and its children hold for themselves at the peak (RssAnon, looked at
50 times a second), without pages of files, which the system takes back at need. `--write` puts the
table into docs/apply.md. Not a test: figures depend on the machine and on what else it does.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Generator

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from bench.catalogue.registry import ROOT
from bench.running.provenance import machine
from tests.perf.bench_apply import HIDDEN, WIDTH, WORDS, shapes

PAGE = ROOT / "docs" / "apply.md"
BEGIN = "<!-- table: nox -s crosscheck -- --at-size --files --write -->\n"
END = "<!-- end of table -->\n"
EVERY = 0.02
"""Seconds between two looks at a process's memory."""

GB = 1e9

MERGEKIT_YAML = """
from suites.common.torchvision_shim import import_torchvision
import_torchvision()  # transformers imports it too, and would fail beside a CPU build of torch
from mergekit.scripts.run_yaml import main
main()
"""
"""What the command `mergekit-yaml` does."""


@dataclass(frozen=True)
class Pair:
    """A method of ours and the configuration with which mergekit does the same.

    Attributes:
        method: mergekit's name.
        whole, each: mergekit's parameters of the merge, and of each expert.
        base: "pretrained"; "first", where the first expert is what mergekit starts from; or "".
        experts: how many both merge, at most.
        costly: whether it is measured on smaller networks.
        growth: by how much `lambda` grows over the layers from 1/K; nothing where it is 0.
        differs: how the numbers do, if not by rounding (docs/crosscheck.md).
    """

    method: str
    whole: dict[str, Any] = field(default_factory=dict)
    each: dict[str, Any] = field(default_factory=dict)
    base: str = "pretrained"
    experts: int = 99
    costly: bool = False
    growth: float = 0.0
    differs: str = ""


RANKED = "it ranks each tensor as a whole"
TRIMMED = "it trims each tensor by itself"
DRAWN = "drawn"
ONE = {"weight": 1.0}
MIDDLE = {"density": 0.2, "gamma": 0.1}

PAIRS = {
    "average": Pair("linear", each=ONE, base=""),
    "task_arithmetic": Pair("task_arithmetic", {"lambda": 0.3}, ONE),
    "lines": Pair("task_arithmetic", {}, ONE, growth=0.5),
    "dare": Pair("dare_linear", {"lambda": 0.3}, {**ONE, "density": 0.9}, differs=DRAWN),
    "model_stock": Pair("model_stock"),
    "multi_slerp": Pair("multislerp", {}, ONE),
    "slerp": Pair("slerp", {"t": 0.5}, base="first", experts=2),
    "nearswap": Pair("nearswap", {"t": 1e-4}, base="first", experts=2),
    "warp": Pair("nuslerp", {}, ONE, experts=2),
    "karcher": Pair("karcher", base="", costly=True),
    "sce": Pair("sce", {"select_topk": 0.1}, costly=True),
    "breadcrumbs": Pair(
        "breadcrumbs", {"lambda": 0.4}, {**ONE, **MIDDLE}, differs=RANKED, costly=True
    ),
    "breadcrumbs_ties": Pair(
        "breadcrumbs_ties", {"lambda": 0.4}, {**ONE, **MIDDLE}, differs=RANKED, costly=True
    ),
    "della": Pair(
        "della",
        {"lambda": 1.1},
        {**ONE, "density": 0.7, "epsilon": 0.07},
        differs=DRAWN,
        costly=True,
    ),
    "ties": Pair("ties", {}, {**ONE, "density": 0.2}, differs=TRIMMED, costly=True),
    "dare_ties": Pair(
        "dare_ties",
        {"normalize": True},
        {**ONE, "density": 0.9},
        differs=f"{DRAWN}, no trimming",
        costly=True,
    ),
}


@dataclass(frozen=True)
class Measured:
    """One command.

    Attributes:
        seconds, cpu: wall clock, and CPU time of all its threads and processes.
        memory: bytes that its processes hold for themselves at the peak.
    """

    seconds: float
    cpu: float
    memory: int


def write_checkpoints(folder: Path, experts: int, blocks: int, width: int) -> list[Path]:
    """The pretrained network and its experts, each in a folder of its own."""
    heads = width // 128
    config = {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "vocab_size": WORDS,
        "hidden_size": width,
        "intermediate_size": HIDDEN * width // WIDTH,
        "num_hidden_layers": blocks,
        "num_attention_heads": heads,
        "num_key_value_heads": heads,
        "tie_word_embeddings": False,
        "torch_dtype": "bfloat16",
    }
    sizes, paths = shapes(blocks, width), []
    for number in range(experts + 1):
        path = folder / (f"expert{number}" if number else "pretrained")
        path.mkdir()
        state = {}
        for place, (name, shape) in enumerate(sizes.items()):
            draws = Generator().manual_seed(place)
            tensor = torch.empty(shape).normal_(0, 0.02, generator=draws)
            if number:
                draws = Generator().manual_seed(1000 * number + place)
                tensor += torch.empty(shape).normal_(0, 0.002, generator=draws)
            state[name] = tensor.bfloat16()
        save_file(state, path / "model.safetensors", {"format": "pt"})
        (path / "config.json").write_text(json.dumps(config))
        paths.append(path)
    return paths


def ours(method: str, pair: Pair, paths: list[Path], out: Path) -> list[str]:
    """Our command."""
    files = [str(path / "model.safetensors") for path in paths]
    return [
        *(sys.executable, "-m", "bench", "apply", method, *files[1 : pair.experts + 1]),
        *("--pretrained", files[0], "--out", str(out / "model.safetensors")),
    ]


def theirs(pair: Pair, dtype: str, paths: list[Path], out: Path) -> list[str]:
    """mergekit's command; its configuration is written beside what it writes."""
    pretrained, *experts = map(str, paths[: pair.experts + 1])
    base = {"pretrained": pretrained, "first": experts[0]}.get(pair.base)
    config: dict[str, Any] = {"merge_method": pair.method, "dtype": dtype, "out_dtype": "bfloat16"}
    config["models"] = [{"model": path, "parameters": pair.each} for path in experts]
    first = 1 / len(experts)
    gradient = {"lambda": [first, first + pair.growth]} if pair.growth else {}
    config["parameters"] = {**pair.whole, **gradient}
    if base:
        config["base_model"] = base
    (out / "config.yml").write_text(json.dumps(config))  # JSON is YAML
    told = [str(out / "config.yml"), str(out), "--quiet", "--no-copy-tokenizer"]
    return [sys.executable, "-c", MERGEKIT_YAML, *told]


def measure(command: list[str], home: Path) -> Measured:
    """Run a command to its end, its state under `home`.

    Raises:
        SystemExit: it failed; its last words are shown.
    """
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1"}
    environment["WEIGHHOUSE_HOME"] = str(home)
    begin, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    assert process.stderr is not None
    os.set_blocking(process.stderr.fileno(), False)
    peak, words = 0, b""
    while process.poll() is None:
        peak = max(peak, sum(held(number) for number in descendants(process.pid)))
        words = (words + (process.stderr.read() or b""))[-4000:]
        time.sleep(EVERY)
    seconds = time.monotonic() - begin
    if process.returncode:
        sys.exit(f"{' '.join(command)}\n{(words + (process.stderr.read() or b'')).decode()}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Measured(seconds, cpu, peak)


def descendants(number: int) -> Iterator[int]:
    """A process and those that it started, by their numbers."""
    yield number
    for task in Path(f"/proc/{number}/task").glob("*/children"):
        try:
            children = task.read_text().split()
        except OSError:
            continue
        for child in children:
            yield from descendants(int(child))


def held(number: int) -> int:
    """Bytes of memory that a process holds for itself; 0 where it has just ended."""
    try:
        lines = Path(f"/proc/{number}/status").read_text().splitlines()
    except OSError:
        return 0
    return 1024 * sum(int(line.split()[1]) for line in lines if line.startswith("RssAnon"))


def agreement(mine: Path, other: Path) -> str:
    """Which share of two checkpoints' numbers is the same, and how far the others are apart."""
    same = count = 0
    farthest = 0.0
    with safe_open(mine, "pt") as one, safe_open(other, "pt") as two:
        assert set(one.keys()) == set(two.keys())
        for name in one.keys():  # noqa: SIM118, it has no __iter__
            first, second = one.get_tensor(name), two.get_tensor(name)
            assert (first.shape, first.dtype) == (second.shape, second.dtype)
            same += int((first == second).sum())
            count += first.numel()
            farthest = max(farthest, float((first.float() - second.float()).abs().max()))
    return f"{100 * same / count:.2f}%" + (f", others by up to {farthest:.0e}" if farthest else "")


SIDES = ("first time", "again", "float32", "bfloat16")


def row(method: str, paths: list[Path], weights: int, repeats: int) -> str:
    """A line of the table: every side measured in turn, and the numbers held together."""
    pair = PAIRS[method]
    folder = paths[0].parent
    outs = {side: folder / f"out of {side}" for side in SIDES}
    measured: dict[str, list[Measured]] = {side: [] for side in SIDES}
    for _ in range(repeats):
        shutil.rmtree(folder / "home", ignore_errors=True)
        for side, out in outs.items():
            shutil.rmtree(out, ignore_errors=True)
            out.mkdir()
            mergekit = side in ("float32", "bfloat16")
            command = theirs(pair, side, paths, out) if mergekit else ours(method, pair, paths, out)
            measured[side].append(measure(command, folder / "home"))
    written = [next(outs[side].glob("model*.safetensors")) for side in ("again", "float32")]
    share = "" if pair.differs.startswith(DRAWN) else agreement(*written)
    for out in outs.values():
        shutil.rmtree(out)
    best = {side: least(each) for side, each in measured.items()}
    mine = best["again"]
    cells = [method, f"{weights / 1e6:.0f}", clock(best["first time"]), clock(mine), size(mine)]
    for side in ("float32", "bfloat16"):
        other = best[side]
        ratios = f"{other.seconds / mine.seconds:.1f} ({other.cpu / mine.cpu:.1f})"
        cells += [clock(other), size(other), ratios, f"{mine.memory / other.memory:.2f}"]
    cells.append("; ".join(filter(None, [share, pair.differs])))
    return f"| {' | '.join(cells)} |"


def least(measured: list[Measured]) -> Measured:
    """The least time and the most memory."""
    return Measured(
        min(m.seconds for m in measured),
        min(m.cpu for m in measured),
        max(m.memory for m in measured),
    )


def clock(measured: Measured) -> str:
    """Seconds, and CPU seconds in brackets."""
    return f"{measured.seconds:.0f} ({measured.cpu:.0f})"


def size(measured: Measured) -> str:
    """Gigabytes."""
    return f"{measured.memory / GB:.1f}"


COLUMNS = (
    *("method", "million weights", "first time, s (CPU)", "again, s (CPU)", "GB"),
    *("mergekit float32, s (CPU)", "GB", "times as fast (CPU)", "share of its memory"),
    *("mergekit bfloat16, s (CPU)", "GB", "times as fast (CPU)", "share of its memory"),
    "equal numbers",
)
HEAD = f"| {' | '.join(COLUMNS)} |\n|{' --- |' * len(COLUMNS)}"


def main() -> None:
    """Write checkpoints, measure each method, print the table, and write it where that is asked."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--method", action="append", choices=list(PAIRS), help="may be repeated")
    parser.add_argument("--width", type=int, default=WIDTH // 2, help="a multiple of 512")
    parser.add_argument("--blocks", type=int, default=2)
    parser.add_argument("--experts", type=int, default=8)
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="where the checkpoints are written")
    parser.add_argument("--write", action="store_true", help="put the table into docs/apply.md")
    asked = parser.parse_args()
    about = (
        f"{asked.experts} experts and what they came from, in bfloat16; {machine()['cpu']}, "
        f"{os.cpu_count()} cores, least of {asked.repeats} repeats, beside other work."
    )
    print(f"{about}\n\n{HEAD}", flush=True)
    rows = []
    for costly in (False, True):
        methods = [m for m in asked.method or PAIRS if PAIRS[m].costly == costly]
        width = asked.width // 4 if costly else asked.width
        weights = sum(math.prod(shape) for shape in shapes(asked.blocks, width).values())
        with TemporaryDirectory(dir=asked.folder) as folder:
            if methods:
                paths = write_checkpoints(Path(folder), asked.experts, asked.blocks, width)
            for method in methods:
                for path in paths:
                    (path / "model.safetensors").read_bytes()
                rows.append(row(method, paths, weights, asked.repeats))
                print(rows[-1], flush=True)
    if asked.write:
        before, _, rest = PAGE.read_text().partition(BEGIN)
        _, _, after = rest.partition(END)
        table = "\n".join([about, "", HEAD, *rows])
        PAGE.write_text(f"{before}{BEGIN}\n{table}\n\n{END}{after}")


if __name__ == "__main__":
    main()

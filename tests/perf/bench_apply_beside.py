"""`bench apply` beside mergekit's own command: time, memory and numbers, on the same files.

    nox -s crosscheck -- --at-size --files [OPTIONS]        or
    python tests/perf/bench_apply_beside.py [--method NAME]... [--width N] [--blocks N]
        [--experts N] [--repeats N] [--folder DIR] [--write]

Checkpoints of a network like Llama in bfloat16, drawn at random, each with the config.json that
mergekit wants: by default eight of two blocks of half of Llama 2 7B's width (232 million weights,
0.46 GB each). Each method merges them by `python -m bench apply` and by `mergekit-yaml`, each in a
process of its own, in turn, the files in the system's cache beforehand; the least seconds and the
most memory of the repeats count. mergekit runs twice: computing in float32 and writing bfloat16 as
we do (`dtype: float32`), with which numbers are compared, and computing in bfloat16, as many
configurations say (`dtype: bfloat16`). Both sides may take all cores. Memory is what a process and
its children hold for themselves at the peak (RssAnon, looked at 50 times a second), without pages
of files, which the system takes back at need. `--write` puts the table into docs/apply.md.
Not a test: figures depend on the machine and on what else it does.
"""

from __future__ import annotations

import argparse
import json
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
from torch import Generator, Tensor

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
        growth: by how much `lambda` grows over the layers from 1/K; nothing where it is 0.
        differs: how the numbers do, if not by rounding (docs/crosscheck.md).
    """

    method: str
    whole: dict[str, Any] = field(default_factory=dict)
    each: dict[str, Any] = field(default_factory=dict)
    base: str = "pretrained"
    experts: int = 99
    growth: float = 0.0
    differs: str = ""


RANKED = "it ranks each tensor as a whole"
TRIMMED = "it trims each tensor by itself"
DRAWN = "drawn"
ONE = {"weight": 1.0}

PAIRS = {
    "average": Pair("linear", each=ONE, base=""),
    "task_arithmetic": Pair("task_arithmetic", {"lambda": 0.3}, ONE),
    "ties": Pair("ties", {}, {**ONE, "density": 0.2}, differs=TRIMMED),
    "dare": Pair("dare_linear", {"lambda": 0.3}, {**ONE, "density": 0.9}, differs=DRAWN),
    "dare_ties": Pair(
        "dare_ties", {"normalize": True}, {**ONE, "density": 0.9}, differs=f"{DRAWN}, no trimming"
    ),
    "della": Pair(
        "della", {"lambda": 1.1}, {**ONE, "density": 0.7, "epsilon": 0.07}, differs=DRAWN
    ),
    "breadcrumbs": Pair(
        "breadcrumbs", {"lambda": 0.4}, {**ONE, "density": 0.2, "gamma": 0.1}, differs=RANKED
    ),
    "breadcrumbs_ties": Pair(
        "breadcrumbs_ties", {"lambda": 0.4}, {**ONE, "density": 0.2, "gamma": 0.1}, differs=RANKED
    ),
    "sce": Pair("sce", {"select_topk": 0.1}, differs="it weighs small changes alike"),
    "lines": Pair("task_arithmetic", {}, ONE, growth=0.5),
    "model_stock": Pair("model_stock"),
    "karcher": Pair("karcher", base=""),
    "multi_slerp": Pair("multislerp", {}, ONE),
    "slerp": Pair("slerp", {"t": 0.5}, base="first", experts=2),
    "nearswap": Pair("nearswap", {"t": 1e-4}, base="first", experts=2),
    "warp": Pair("nuslerp", {}, ONE, experts=2),
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


def measure(command: list[str]) -> Measured:
    """Run a command to its end.

    Raises:
        SystemExit: it failed; its last words are shown.
    """
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1"}
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
    same = count = farthest = 0
    with safe_open(mine, "pt") as one, safe_open(other, "pt") as two:
        assert set(one.keys()) == set(two.keys())
        for name in one.keys():  # noqa: SIM118, it has no __iter__
            first, second = one.get_tensor(name), two.get_tensor(name)
            assert (first.shape, first.dtype) == (second.shape, second.dtype)
            apart = (ordered(first) - ordered(second)).abs()
            same += int((apart == 0).sum())
            count += first.numel()
            farthest = max(farthest, int(apart.max()))
    return f"{100 * same / count:.2f}%" + (f", others to {farthest} steps" if farthest else "")


def ordered(numbers: Tensor) -> Tensor:
    """bfloat16 as integers in their order, of which each is a step from the next."""
    bits = numbers.view(torch.int16).int()
    return torch.where(bits < 0, -(bits & 0x7FFF), bits)


def row(method: str, paths: list[Path], repeats: int) -> str:
    """A line of the table: every side measured in turn, and the numbers held together."""
    pair = PAIRS[method]
    folder = paths[0].parent
    outs = {side: folder / f"out-{side}" for side in ("ours", "float32", "bfloat16")}
    measured: dict[str, list[Measured]] = {side: [] for side in outs}
    for _ in range(repeats):
        for side, out in outs.items():
            shutil.rmtree(out, ignore_errors=True)
            out.mkdir()
            command = (
                ours(method, pair, paths, out) if side == "ours" else theirs(pair, side, paths, out)
            )
            measured[side].append(measure(command))
    mine, *others = (
        Measured(
            min(m.seconds for m in each), min(m.cpu for m in each), max(m.memory for m in each)
        )
        for each in measured.values()
    )
    written = [next(outs[side].glob("model*.safetensors")) for side in ("ours", "float32")]
    share = "" if pair.differs.startswith(DRAWN) else agreement(*written)
    for out in outs.values():
        shutil.rmtree(out)
    cells = [f"{m.seconds:.0f} ({m.cpu:.0f}) | {m.memory / GB:.1f}" for m in (mine, *others)]
    ratios = [f"{o.seconds / mine.seconds:.1f} | {mine.memory / o.memory:.2f}" for o in others]
    words = "; ".join(filter(None, [share, pair.differs]))
    sides = " | ".join(f"{cell} | {ratio}" for cell, ratio in zip(cells[1:], ratios, strict=True))
    return f"| `{method}` | {cells[0]} | {sides} | {words} |"


HEAD = """\
| method | s (CPU) | GB | mergekit, float32: s (CPU) | GB | times as fast | share of its memory \
| mergekit, bfloat16: s (CPU) | GB | times as fast | share of its memory | equal numbers |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"""


def main() -> None:
    """Write checkpoints, measure each method, print the table, and write it where that is asked."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--method", action="append", choices=list(PAIRS), help="may be repeated")
    parser.add_argument("--width", type=int, default=WIDTH // 2, help="a multiple of 128")
    parser.add_argument("--blocks", type=int, default=2)
    parser.add_argument("--experts", type=int, default=8)
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="where the checkpoints are written")
    parser.add_argument("--write", action="store_true", help="put the table into docs/apply.md")
    asked = parser.parse_args()
    with TemporaryDirectory(dir=asked.folder) as folder:
        paths = write_checkpoints(Path(folder), asked.experts, asked.blocks, asked.width)
        files = [path / "model.safetensors" for path in paths]
        weights = sum(
            torch.Size(shape).numel() for shape in shapes(asked.blocks, asked.width).values()
        )
        about = (
            f"{asked.experts} experts and what they came from, {weights / 1e6:.0f} million weights "
            f"in bfloat16 each ({files[0].stat().st_size / GB:.2f} GB); {machine()['cpu']}, "
            f"{os.cpu_count()} cores, least of {asked.repeats} repeats, beside other work."
        )
        print(f"{about}\n\n{HEAD}", flush=True)
        rows = []
        for method in asked.method or PAIRS:
            for file in files:
                file.read_bytes()
            rows.append(row(method, paths, asked.repeats))
            print(rows[-1], flush=True)
    if asked.write:
        before, _, rest = PAGE.read_text().partition(BEGIN)
        _, _, after = rest.partition(END)
        table = "\n".join([about, "", HEAD, *rows])
        PAGE.write_text(f"{before}{BEGIN}\n{table}\n\n{END}{after}")


if __name__ == "__main__":
    main()

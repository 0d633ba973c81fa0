"""Peak memory and time of `bench apply` on checkpoints of a 7-billion-weight network's shapes.

    python tests/perf/bench_apply.py [--method NAME]... [--scale SHARE] [--experts N] [--folder DIR]

Each checkpoint is a folder as Hugging Face writes it: bfloat16 in shards of at most 5 GB and their
index. The shards are sparse files: a row of each tensor is drawn at random, the others are zeros
that take no room on the disk (what is merged does: 13.5 GB at scale 1). `--scale` is the share of
the 32 blocks. The files' sha256 are taken first, by themselves, as `apply` remembers them. CPU
seconds are those of all threads; memory is the most that was resident at once (ru_maxrss). Not a
test: it takes minutes.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import resource
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from torch import Generator

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from suites.merging.apply.digests import Digests  # noqa: E402, after the path is set

WIDTH, HIDDEN, BLOCKS, WORDS = 4096, 11008, 32, 32000
SHARD = 5_000_000_000
"""Bytes of a shard at most, which is what transformers' `save_pretrained` takes."""


def shapes(blocks: int, width: int = WIDTH) -> dict[str, list[int]]:
    """Names and shapes of a network like Llama 2 7B, of so many blocks of that width."""
    hidden = HIDDEN * width // WIDTH
    named = {"model.embed_tokens.weight": [WORDS, width]}
    for block in range(blocks):
        prefix = f"model.layers.{block}"
        named |= {f"{prefix}.self_attn.{p}_proj.weight": [width, width] for p in "qkvo"}
        named |= {f"{prefix}.mlp.{p}_proj.weight": [hidden, width] for p in ("gate", "up")}
        named[f"{prefix}.mlp.down_proj.weight"] = [width, hidden]
        named |= {f"{prefix}.{n}_layernorm.weight": [width] for n in ("input", "post_attention")}
    return named | {"model.norm.weight": [width], "lm_head.weight": [WORDS, width]}


def write_sparse(folder: Path, scale: float, number: int) -> int:
    """A sharded checkpoint that takes almost no room; its size in bytes.

    Args:
        folder: is made.
        scale: share of the blocks.
        number: of the checkpoint, from which its numbers are drawn.
    """
    folder.mkdir()
    sizes = {n: 2 * math.prod(s) for n, s in shapes(max(1, round(BLOCKS * scale))).items()}
    shards: list[list[str]] = [[]]
    for name, size in sizes.items():
        if shards[-1] and sum(sizes[other] for other in shards[-1]) + size > SHARD:
            shards.append([])
        shards[-1].append(name)
    draws, places = Generator().manual_seed(number), {}
    for shard, names in enumerate(shards, start=1):
        file = f"model-{shard:05}-of-{len(shards):05}.safetensors"
        _write_shard(folder / file, {name: sizes[name] for name in names}, scale, draws)
        places |= dict.fromkeys(names, file)
    index = {"metadata": {"total_size": sum(sizes.values())}, "weight_map": places}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    return sum(sizes.values())


def _write_shard(path: Path, sizes: Mapping[str, int], scale: float, draws: Generator) -> None:
    """Some tensors of so many bytes each, drawn in their first row and zero elsewhere."""
    named = shapes(max(1, round(BLOCKS * scale)))
    head: dict[str, object] = {"__metadata__": {"format": "pt"}}
    starts, end = {}, 0
    for name, size in sizes.items():
        starts[name] = end
        end += size
        head[name] = {
            "dtype": "BF16",
            "shape": named[name],
            "data_offsets": [starts[name], end],
        }
    written = json.dumps(head).encode()
    written += b" " * (-len(written) % 8)
    with path.open("wb") as file:
        file.write(len(written).to_bytes(8, "little") + written)
        begin = file.tell()
        for name, start in starts.items():
            row = torch.empty(named[name][-1]).normal_(0, 0.02, generator=draws)
            file.seek(begin + start)
            file.write(row.bfloat16().view(torch.uint8).numpy().tobytes())
        file.truncate(begin + end)


def digest(folders: list[Path], known: Path) -> float:
    """Have the sha256 of all files remembered; seconds that it took."""
    started = time.monotonic()
    digests = Digests(known)
    files = [file for folder in folders for file in sorted(folder.glob("*.safetensors"))]
    with digests.of(files, os.cpu_count() or 1) as coming:
        for digest in coming.values():
            digest.result()
    digests.remember()
    return time.monotonic() - started


def measure(method: str, folders: list[Path], out: Path, home: Path) -> str:
    """Merge in a process of its own; a line about it."""
    command = [
        *(sys.executable, "-m", "bench", "apply", method, *map(str, folders[1:])),
        *("--pretrained", str(folders[0]), "--out", str(out), "--json"),
    ]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = {**os.environ, "WEIGHHOUSE_HOME": str(home)}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    told = json.loads(done.stdout)
    return (
        f"{method:20} {told['seconds']:7.0f} s ({cpu:.0f} CPU s)  peak "
        f"{told['peak_memory'] / 2**30:5.2f} GiB  {told['portion']} of each at a time"
    )


def main() -> None:
    """Measure each method in turn, and print a line for it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--method", action="append", metavar="NAME")
    parser.add_argument("--scale", type=float, default=1.0, metavar="SHARE")
    parser.add_argument("--experts", type=int, default=8, metavar="N")
    parser.add_argument("--folder", type=Path, default=None, metavar="DIR")
    asked = parser.parse_args()
    with TemporaryDirectory(dir=asked.folder) as folder:
        home = Path(folder) / "home"
        paths = [Path(folder) / f"checkpoint-{number}" for number in range(asked.experts + 1)]
        size = max(write_sparse(path, asked.scale, number) for number, path in enumerate(paths))
        print(f"{asked.experts} experts and their pretrained network, {size / 1e9:.1f} GB each")
        time.sleep(3)  # the digest of a file that has only just changed isn't remembered
        print(f"{'sha256 of all':20} {digest(paths, home / 'digests.json'):7.0f} s", flush=True)
        for method in asked.method or ["average", "task_arithmetic", "model_stock"]:
            print(measure(method, paths, Path(folder) / "merged.safetensors", home), flush=True)


if __name__ == "__main__":
    main()

"""Peak memory and time of `bench apply` on checkpoints of a 7-billion-weight network's shapes.

    python tests/perf/bench_apply.py [--method NAME]... [--scale SHARE] [--experts N] [--folder DIR]

The checkpoints are sparse files: bfloat16 zeros that take no room on the disk (what is merged does:
13.5 GB at scale 1). `--scale` is the share of the 32 blocks. Not a test: it takes minutes, most of
them for the files' sha256.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[2]
WIDTH, HIDDEN, BLOCKS, WORDS = 4096, 11008, 32, 32000


def shapes(blocks: int, width: int = WIDTH) -> dict[str, list[int]]:
    """Names and shapes of a network like Llama 2 7B, of so many blocks of that width."""
    hidden = HIDDEN * width // WIDTH
    found = {"model.embed_tokens.weight": [WORDS, width], "lm_head.weight": [WORDS, width]}
    for block in range(blocks):
        prefix = f"model.layers.{block}"
        found |= {f"{prefix}.self_attn.{p}_proj.weight": [width, width] for p in "qkvo"}
        found |= {f"{prefix}.mlp.{p}_proj.weight": [hidden, width] for p in ("gate", "up")}
        found[f"{prefix}.mlp.down_proj.weight"] = [width, hidden]
        found |= {f"{prefix}.{n}_layernorm.weight": [width] for n in ("input", "post_attention")}
    return found | {"model.norm.weight": [width]}


def write_sparse(path: Path, scale: float) -> int:
    """A safetensors file of bfloat16 zeros that takes no room; its size in bytes."""
    head, start = {}, 0
    for name, shape in shapes(max(1, round(BLOCKS * scale))).items():
        size = 2
        for side in shape:
            size *= side
        head[name] = {"dtype": "BF16", "shape": shape, "data_offsets": [start, start + size]}
        start += size
    told = json.dumps(head).encode()
    told += b" " * (-len(told) % 8)
    with path.open("wb") as file:
        file.write(len(told).to_bytes(8, "little") + told)
        file.truncate(8 + len(told) + start)
    return start


def main() -> None:
    """Measure each method in a process of its own, and print a line for it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--method", action="append", metavar="NAME")
    parser.add_argument("--scale", type=float, default=1.0, metavar="SHARE")
    parser.add_argument("--experts", type=int, default=8, metavar="N")
    parser.add_argument("--folder", type=Path, default=None, metavar="DIR")
    asked = parser.parse_args()
    with TemporaryDirectory(dir=asked.folder) as folder:
        paths = [Path(folder) / f"{number}.safetensors" for number in range(asked.experts + 1)]
        size = max(write_sparse(path, asked.scale) for path in paths)
        print(f"{asked.experts} experts and their pretrained network, {size / 1e9:.1f} GB each")
        for method in asked.method or ["average", "task_arithmetic", "model_stock"]:
            command = [
                *(sys.executable, "-m", "bench", "apply", method, *map(str, paths[1:])),
                *("--pretrained", str(paths[0]), "--out", f"{folder}/merged.safetensors", "--json"),
            ]
            done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
            told = json.loads(done.stdout)
            print(
                f"{method:20} {told['seconds']:7.0f} s  peak {told['peak_memory'] / 2**30:5.1f} GiB"
                f"  {told['portion']} of each at a time"
            )


if __name__ == "__main__":
    main()

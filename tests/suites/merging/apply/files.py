"""Small checkpoints on disk, for the tests beside."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

SHAPES = {"embed.weight": (12, 6), "layer.weight": (6, 6), "layer.bias": (6,), "norm.weight": (6,)}


def state(number: int, dtype: torch.dtype = torch.float32) -> dict[str, Tensor]:
    """A network's state; number 0 is what the others were fine-tuned from."""
    draws = torch.Generator().manual_seed(0)
    start = {name: torch.randn(shape, generator=draws) for name, shape in SHAPES.items()}
    own = torch.Generator().manual_seed(number)
    changed = {
        name: tensor + (0.1 * torch.randn(tensor.shape, generator=own) if number else 0)
        for name, tensor in start.items()
    }
    return {name: tensor.to(dtype) for name, tensor in changed.items()}


def saved(folder: Path, name: str, tensors: dict[str, Tensor]) -> Path:
    """A state as safetensors or, where the name says so, as torch saves it."""
    path = folder / name
    if path.suffix == ".safetensors":
        save_file(tensors, path)
    else:
        torch.save(tensors, path)
    return path


def family(folder: Path, count: int = 3, dtype: torch.dtype = torch.float32) -> list[Path]:
    """What was fine-tuned, and so many experts."""
    return [
        saved(folder, f"{number}.safetensors", state(number, dtype)) for number in range(count + 1)
    ]

"""Reads what the suite's asset builders store: examples, and networks' states.

Here: the form that all tasks share. Images are bytes, `{split}/images` of shape (experts, examples,
height, width), beside `{split}/labels`, (experts, examples); a network's head is `head.*`, and of
several experts number i's parameters are `{i}/{name}`. Not here: drawing and training (the tasks'
folders), a run's grid made of them (suites.merging.grid).
"""

from __future__ import annotations

from torch import Tensor

from bench.contract.job import Output
from suites.merging.vectors import State


def to_float(images: Tensor) -> Tensor:
    """Bytes to float32 in [0, 1], the same shape."""
    return images.float() / 255


def read(examples: Output, split: str, expert: int) -> tuple[Tensor, Tensor]:
    """An expert's examples from the asset `examples`.

    Args:
        examples: the asset.
        split: `training`, `calibration` or `validation`.
        expert: its number.
    Returns:
        Images, float32 (examples, size, size) in [0, 1]; labels, int64 (examples,).
    """
    return (
        to_float(examples.tensors[f"{split}/images"][expert]),
        examples.tensors[f"{split}/labels"][expert],
    )


def backbone(state: State) -> dict[str, Tensor]:
    """What fine-tuning changes: everything but the head."""
    return {name: tensor for name, tensor in state.items() if not name.startswith("head.")}


def head(state: State) -> dict[str, Tensor]:
    """What fine-tuning leaves as it was."""
    return {name: tensor for name, tensor in state.items() if name.startswith("head.")}


def expert_state(experts: Output, expert: int) -> dict[str, Tensor]:
    """An expert's backbone, from the asset `experts`."""
    prefix = f"{expert}/"
    return {
        name.removeprefix(prefix): tensor
        for name, tensor in experts.tensors.items()
        if name.startswith(prefix)
    }

"""What a module can't do because its trainings run in one stack, in words for who wrote it.

All seeds and learning rates of an optimiser are trained at once: the module's loss is recorded once
under torch.func.vmap and grad. Their messages speak of transforms that a method's author has never
called. Here: which of them means what, and how to mend it. Not here: stacking and recording
(suites.hypernet.training, suites.common.trainer).
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch

from bench.contract.job import ContractError

ROOT = Path(__file__).parents[2]
NOT_THE_AUTHOR_S = (Path(torch.__file__).parent, ROOT / "bench", ROOT / "suites")
"""Whose lines are never those of a method's author."""


@dataclass(frozen=True)
class Refusal:
    """Something that can't be done in a stack.

    Attributes:
        message: what is found in torch's own message.
        does: what the module does, to follow `while it is trained, the module `.
        mend: what to write instead.
    """

    message: re.Pattern[str]
    does: str
    mend: str


REFUSALS = (
    Refusal(
        re.compile("random operation"),
        "draws at random (as nn.Dropout does)",
        "Set `noise = N` on the module: its forward(conditions, noise) is then given N new numbers "
        "in every step, uniform in [0, 1), to make a mask of",
    ),
    Refusal(
        re.compile("mutate a captured Tensor|[Bb]atch norm got a batched tensor"),
        "changes a buffer or a fixed tensor (as nn.BatchNorm1d does with its running statistics)",
        "Use nn.LayerNorm, or compute it from the inputs anew each time",
    ),
    Refusal(
        re.compile(r"\.item\(\)|data-dependent|doesn't have storage|dynamic shape|\.numpy\(\)"),
        "reads values out of a tensor (a branch, .item(), .numpy(), a boolean mask as index)",
        "Keep them in tensors: torch.where(condition, one, other) for a branch, a product with the "
        "mask for an index",
    ),
    Refusal(
        re.compile("inplace|in-place|doesn't match the broadcast shape"),
        "writes in place into a tensor that doesn't depend on its parameters",
        "Make a new one: `x = x + y` for `x += y`, torch.cat or torch.where for an assignment to a "
        "part",
    ),
    Refusal(
        re.compile("vmap"),
        "does what torch.func.vmap can't",
        "Write it with other operators; suites/hypernet/layers.py has layers that can be stacked",
    ),
)
"""The first that fits counts; the last is for whatever else vmap refuses."""


@contextmanager
def explained() -> Iterator[None]:
    """Turn torch's refusal to stack what a module does into one sentence.

    Raises:
        ContractError: with the line of the method's file, where one is on the way.
    """
    try:
        yield
    except (RuntimeError, NotImplementedError) as error:
        refusal = next((r for r in REFUSALS if r.message.search(str(error))), None)
        if refusal is None:
            raise
        detail = f" ({_first_sentence(error)})" if refusal is REFUSALS[-1] else ""
        raise ContractError(
            f"{_place(error)}while it is trained, the module {refusal.does}; its trainings at all "
            f"seeds and learning rates are recorded once and run in one stack, where that can't be "
            f"done{detail}. {refusal.mend}."
        ) from error


def _place(error: Exception) -> str:
    """`name.py:line: ` of the innermost line that is the author's; "" where there is none."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if _is_the_author_s(Path(frame.filename))]
    return f"{Path(own[-1].filename).name}:{own[-1].lineno}: " if own else ""


def _is_the_author_s(file: Path) -> bool:
    return not any(file.is_relative_to(root) for root in NOT_THE_AUTHOR_S)


def _first_sentence(error: Exception) -> str:
    text = " ".join(str(error).split())
    return re.split(r"(?<=[a-z)])\. ", text)[0].rstrip(".")[:160]

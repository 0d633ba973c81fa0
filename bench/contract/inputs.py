"""What a method is handed must be the same after each call of it.

Here: digests of tensors, and the check that none has changed. A suite makes an `Inputs` of all that
its problem hands out, and checks it after each call:

    inputs = Inputs(problem.handed)
    merged = call(problem, **params)
    inputs.check()

It sees every way of writing, because it reads what is there: also through `.numpy()`, `.data`, a
view or `set_`, which torch's own count of versions doesn't. Reading takes about a millisecond a
megabyte. Not here: which tensors those are (the suites' problems).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import TYPE_CHECKING

from bench.contract.job import ContractError

if TYPE_CHECKING:
    from torch import Tensor

Look = Callable[[], Mapping[str, "Tensor"]]
"""Gives the tensors by names that mean something to a method's author, e.g. `experts[0]['w']`."""

UNREADABLE = "it can't be read any more"
"""Stands for the digest of what has become no plain tensor, e.g. sparse or a subclass."""


class Inputs:
    """Tensors that a method is handed, as they were when this was made.

    Args:
        look: gives them; called again for each check, so that one that was replaced is seen too.
    """

    def __init__(self, look: Look) -> None:
        self._look = look
        self._before = digests(look())

    def changed(self) -> str:
        """The name of a tensor that was changed, replaced, added or taken away; "" for none."""
        try:
            now = digests(self._look())
        except Exception:  # what holds them was changed so that it can't be walked
            return "what holds them"
        for name in {**self._before, **now}:
            if self._before.get(name) != now.get(name):
                return name
        return ""

    def check(self) -> None:
        """Raise ContractError where something changed."""
        name = self.changed()
        if name:
            raise ContractError(
                f"the method changed what it was given: {name}. Clone a tensor before writing it."
            )


def digests(tensors: Mapping[str, Tensor]) -> dict[str, str]:
    """The digest of each tensor: of its dtype, its shape and its bytes."""
    return {name: _digest(tensor) for name, tensor in tensors.items()}


def _digest(tensor: Tensor) -> str:
    import torch

    if type(tensor) not in (torch.Tensor, torch.nn.Parameter):
        return UNREADABLE
    try:
        plain = tensor.detach().cpu().contiguous()
        digest = sha256(f"{plain.dtype} {tuple(plain.shape)}".encode())
        if plain.numel():
            digest.update(plain.reshape(-1).view(torch.uint8).numpy().data)
    except (RuntimeError, TypeError, ValueError, NotImplementedError):
        return UNREADABLE
    return digest.hexdigest()

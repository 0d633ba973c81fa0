"""suites.hypernet.stacking: what a module can't do while it is trained, in words for its author.

The modules are those that a contributor would write; torch's own messages are what it says today.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping

import pytest
import torch
from torch import Tensor, nn

from bench.contract.job import ContractError
from suites.hypernet.layers import Plain
from tests.suites.hypernet.frame import part, plain, trained

PART = part()


class Dropping(Plain):
    def change(self, hidden: Tensor) -> Tensor:
        return nn.functional.dropout(hidden, 0.5, self.training)


class Drawing(Plain):
    def change(self, hidden: Tensor) -> Tensor:
        return hidden + 0.1 * torch.randn_like(hidden)


class Normalising(Plain):
    def change(self, hidden: Tensor) -> Tensor:
        return self.norm(hidden)


class Counting(Plain):
    def change(self, hidden: Tensor) -> Tensor:
        return hidden * self.steps.add_(1)


class Branching(Plain):
    def change(self, hidden: Tensor) -> Tensor:
        return 2 * hidden if hidden.sum() > 0 else hidden


class Reading(Plain):
    def change(self, hidden: Tensor) -> Tensor:
        return hidden / (1 + hidden.norm().item())


class Converting(Plain):
    def change(self, hidden: Tensor) -> Tensor:
        return hidden * float(hidden.detach().numpy().max())


class Choosing(Plain):
    def change(self, hidden: Tensor) -> Tensor:
        return hidden * hidden[hidden > 0].mean()


class Adding(Plain):
    def change(self, hidden: Tensor) -> Tensor:
        return torch.zeros(hidden.shape).add_(hidden)


class Assigning(Plain):
    def change(self, hidden: Tensor) -> Tensor:
        changed = torch.zeros(hidden.shape)
        changed[:, :2] = hidden[:, :2]
        return changed


RANDOM, BUFFER = "draws at random (as nn.Dropout does)", "changes a buffer or a fixed tensor"
VALUES, PLACE = "reads values out of a tensor", "writes in place into a tensor"

DOES: Mapping[type[Plain], tuple[str, str]] = {
    Dropping: (RANDOM, "Set `noise = N` on the module"),
    Drawing: (RANDOM, "Set `noise = N` on the module"),
    Normalising: (BUFFER, "Use nn.LayerNorm"),
    Counting: (BUFFER, "Use nn.LayerNorm"),
    Branching: (VALUES, "torch.where(condition, one, other)"),
    Reading: (VALUES, "Keep them in tensors"),
    Converting: (VALUES, "Keep them in tensors"),
    Choosing: (VALUES, "a product with the mask for an index"),
    Adding: (PLACE, "`x = x + y` for `x += y`"),
    Assigning: (PLACE, "torch.cat or torch.where for an assignment"),
}


def of_kind(kind: type[Plain]) -> Plain:
    """A module that does so between its hidden layers and its head."""
    network = plain(PART)

    def forward(self: Plain, conditions: Tensor) -> dict[str, Tensor]:
        hidden = self.change(self.hidden(self.encode(conditions)))
        return self.target.split(self.head(hidden))

    network.__class__ = type(kind.__name__, (kind,), {"forward": forward})
    network.norm = nn.BatchNorm1d(PART.hidden[-1])
    network.register_buffer("steps", torch.zeros(()))
    return network


@pytest.mark.parametrize("kind", DOES, ids=lambda kind: kind.__name__)
def test_what_cannot_be_stacked_is_told_with_its_line_and_a_mend(kind: type[Plain]) -> None:
    does, mend = DOES[kind]
    lines, start = inspect.getsourcelines(kind.change)
    with pytest.raises(ContractError) as raised:
        trained([of_kind(kind)], [PART])
    place, _, sentence = str(raised.value).partition(": while it is trained, the module ")
    file, _, line = place.rpartition(":")
    assert file == "test_stacking.py"
    assert start < int(line) < start + len(lines)
    assert sentence.startswith(does)
    assert mend in sentence


def test_another_error_stays_what_it_is() -> None:
    class Failing(Plain):
        def change(self, hidden: Tensor) -> Tensor:
            raise RuntimeError("no change today")

    with pytest.raises(RuntimeError, match="no change today"):
        trained([of_kind(Failing)], [PART])


def test_whatever_else_vmap_refuses_is_told_in_its_own_words() -> None:
    class Refused(Plain):
        def change(self, hidden: Tensor) -> Tensor:
            raise RuntimeError("vmap: knows no such thing. Please file an issue.")

    with pytest.raises(ContractError, match=r"can't be done \(vmap: knows no such thing\)\. Write"):
        trained([of_kind(Refused)], [PART])

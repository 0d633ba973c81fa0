"""Checkpoints that don't fit together are refused before a number is read."""

from __future__ import annotations

import pytest
import torch

from suites.merging.apply.agreement import check, mixed_types, tied_in_all
from suites.merging.apply.checkpoints import CheckpointError, open_checkpoint
from tests.suites.merging.apply.files import saved, state

FIRST = state(1)
WRONG = {
    "a name lacks": (
        {name: tensor for name, tensor in FIRST.items() if name != "layer.bias"},
        "lacks 'layer.bias' and holds nothing besides",
    ),
    "names besides": (
        {**FIRST, **{f"extra.{number}": torch.ones(2) for number in range(5)}},
        "holds 'extra.0', 'extra.1', 'extra.2' and 2 more besides",
    ),
    "another shape": (
        {**FIRST, "embed.weight": torch.ones(13, 6)},
        "holds 'embed.weight' in shape (13, 6), ",
    ),
    "quantised": (
        {**FIRST, "layer.weight": torch.ones(6, 6, dtype=torch.int8)},
        "holds 'layer.weight' as int8, ",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_doesnt_fit_is_told_in_one_sentence(what, tmp_path) -> None:
    tensors, sentence = WRONG[what]
    first = open_checkpoint(saved(tmp_path, "first.safetensors", FIRST))
    other = open_checkpoint(saved(tmp_path, "other.safetensors", tensors))
    with pytest.raises(CheckpointError) as error:
        check([first, other])
    assert sentence in str(error.value)
    assert str(error.value).startswith(str(other.path))


def test_a_checkpoint_given_twice_is_refused(tmp_path) -> None:
    path = saved(tmp_path, "first.safetensors", FIRST)
    (tmp_path / "link.safetensors").symlink_to(path)
    with pytest.raises(CheckpointError, match="is given twice"):
        check([open_checkpoint(path), open_checkpoint(tmp_path / "link.safetensors")])


def test_another_precision_is_noted(tmp_path) -> None:
    first = open_checkpoint(saved(tmp_path, "first.safetensors", FIRST))
    half = open_checkpoint(saved(tmp_path, "half.safetensors", state(1, torch.bfloat16)))
    check([first, half])
    (sentence,) = mixed_types([first, half])
    assert f"{half.path} holds " in sentence
    assert "as bfloat16" in sentence
    assert "as float32" in sentence


def test_names_are_one_tensor_only_where_they_are_in_every_checkpoint(tmp_path) -> None:
    tied = {**FIRST, "head.weight": FIRST["embed.weight"].clone()}
    apart = {**FIRST, "head.weight": FIRST["embed.weight"] + 1}
    one = open_checkpoint(saved(tmp_path, "one.safetensors", tied))
    two = open_checkpoint(saved(tmp_path, "two.safetensors", apart))
    assert tied_in_all([one, one]) == {"head.weight": "embed.weight"}
    assert tied_in_all([one, two]) == {}

"""Checkpoints in every form that others write, and what is said of those that can't be read."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from suites.merging.apply.checkpoints import CheckpointError, open_checkpoint
from tests.suites.merging.apply.files import saved, state

STATE = state(1)


def sharded(folder: Path) -> Path:
    """As Hugging Face writes a large one: two shards and their index."""
    names = list(STATE)
    places = {}
    for number, part in enumerate((names[:2], names[2:]), start=1):
        file = f"model-{number:05d}-of-00002.safetensors"
        save_file({name: STATE[name] for name in part}, folder / file)
        places |= dict.fromkeys(part, file)
    index = folder / "model.safetensors.index.json"
    index.write_text(json.dumps({"metadata": {"total_size": 1}, "weight_map": places}))
    return index


FORMS: dict[str, Callable[[Path], Path]] = {
    "safetensors": lambda folder: saved(folder, "a.safetensors", STATE),
    "torch.save": lambda folder: saved(folder, "a.pt", STATE),
    "a training's checkpoint": lambda folder: saved(
        folder, "a.pth", {"epoch": 3, "state_dict": STATE}
    ),
    "an index of shards": sharded,
    "a folder with an index": lambda folder: sharded(folder).parent,
    "a folder with one file": lambda folder: saved(folder, "model.safetensors", STATE).parent,
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same_tensors(form, tmp_path) -> None:
    checkpoint = open_checkpoint(FORMS[form](tmp_path))
    assert set(checkpoint.entries) == set(STATE)
    for name, tensor in STATE.items():
        entry = checkpoint.entries[name]
        assert (entry.dtype, entry.shape) == (tensor.dtype, tuple(tensor.shape))
        assert torch.equal(checkpoint.read(name), tensor)
    assert checkpoint.size == sum(tensor.nbytes for tensor in STATE.values())


class Anything:
    """What a pickle may hold, and a state mustn't."""


def cut_off(folder: Path) -> Path:
    path = saved(folder, "a.safetensors", STATE)
    path.write_bytes(path.read_bytes()[:-8])
    return path


def without_a_shard(folder: Path) -> Path:
    index = sharded(folder)
    (folder / "model-00002-of-00002.safetensors").unlink()
    return index


def two(folder: Path) -> Path:
    saved(folder, "a.safetensors", STATE)
    return saved(folder, "b.safetensors", STATE).parent


def text(folder: Path, name: str) -> Path:
    path = folder / name
    path.write_text("{}")
    return path


WRONG: dict[str, tuple[Callable[[Path], Path], str]] = {
    "not there": (lambda folder: folder / "a.pt", "there is no such file"),
    "cut off": (cut_off, "it may be cut off"),
    "a shard is lacking": (without_a_shard, "its shard model-00002-of-00002.safetensors isn't"),
    "an index without a map": (lambda f: text(f, "a.index.json"), "it has no `weight_map`"),
    "several in a folder": (two, "it holds 2 checkpoints (a.safetensors, b.safetensors)"),
    "an empty folder": (lambda folder: folder, "the folder holds no checkpoint"),
    "another ending": (lambda f: text(f, "a.txt"), "its name doesn't say what it is"),
    "a pickle of anything": (
        lambda folder: saved(folder, "a.pt", {"model": Anything()}),
        "it isn't a plain state",
    ),
    "no state": (lambda folder: saved(folder, "a.pt", {"epoch": 3}), "no dict from name to tensor"),
    "whole numbers": (
        lambda folder: saved(folder, "a.safetensors", {"a": torch.arange(3)}),
        "it holds no floating-point tensor",
    ),
    "eight bits, as torch saves them": (
        lambda f: saved(f, "a.pt", {"a": torch.ones(3).to(torch.float8_e4m3fn)}),
        "'a' is stored as torch.float8_e4m3fn, torch.strided, in which nothing can be merged",
    ),
    "complex": (
        lambda f: saved(f, "a.pt", {"a": torch.ones(3), "b": torch.ones(3) * 1j}),
        "'b' is stored as torch.complex64, torch.strided, in which nothing can be merged",
    ),
    "sparse": (
        lambda f: saved(f, "a.pt", {"a": torch.eye(3).to_sparse()}),
        "'a' is stored as torch.float32, torch.sparse_coo, in which nothing can be merged",
    ),
    "eight bits": (
        lambda f: saved(f, "a.safetensors", {"a": torch.ones(3).to(torch.float8_e4m3fn)}),
        "'a' is stored as F8_E4M3, in which nothing can be merged",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_cant_be_read_is_told_in_a_sentence_that_names_the_file(what, tmp_path) -> None:
    make, sentence = WRONG[what]
    path = make(tmp_path)
    with pytest.raises(CheckpointError) as error:
        open_checkpoint(path)
    assert sentence in str(error.value)
    assert str(error.value).startswith(str(tmp_path))


@pytest.mark.parametrize("name", ["a.pt", "a.safetensors"])
def test_a_head_tied_to_its_embedding_is_found_in_every_form(name, tmp_path) -> None:
    head = STATE["embed.weight"]
    tensors = {**STATE, "head.weight": head.clone() if name.endswith("safetensors") else head}
    checkpoint = open_checkpoint(saved(tmp_path, name, tensors))
    assert checkpoint.tied == {"head.weight": "embed.weight"}


def test_tensors_that_are_all_zero_arent_tied(tmp_path) -> None:
    tensors = {"a": torch.zeros(3, 3), "b": torch.zeros(3, 3), "c": torch.ones(2)}
    assert open_checkpoint(saved(tmp_path, "a.safetensors", tensors)).tied == {}


def test_of_several_tensors_alike_each_is_tied_to_the_first(tmp_path) -> None:
    one, other = torch.arange(6.0).view(2, 3), torch.ones(2, 3)
    tensors = {"a": one, "b": other, "c": one.clone(), "d": other.clone(), "e": one.clone()}
    checkpoint = open_checkpoint(saved(tmp_path, "a.safetensors", tensors))
    assert checkpoint.tied == {"c": "a", "d": "b", "e": "a"}


def test_tensors_that_differ_where_no_sample_is_taken_arent_tied(tmp_path) -> None:
    one = torch.ones(9, 9)
    other = one.clone()
    other[2, 5] = 2  # samples are of the first row, the middle one and the last
    checkpoint = open_checkpoint(saved(tmp_path, "a.safetensors", {"a": one, "b": other}))
    assert checkpoint.tied == {}


@pytest.mark.parametrize("rows", [None, slice(0, 1), slice(3, 7), slice(11, 12), slice(0, 0)])
def test_some_rows_are_read_as_all_of_them_are(rows, tmp_path) -> None:
    checkpoint = open_checkpoint(saved(tmp_path, "a.safetensors", STATE))
    wanted = STATE["embed.weight"][rows or slice(None)]
    assert torch.equal(checkpoint.read("embed.weight", rows), wanted)


def test_a_file_that_is_cut_off_after_it_was_opened_is_told_of(tmp_path) -> None:
    path = saved(tmp_path, "a.safetensors", {"a": torch.ones(4, 4)})
    checkpoint = open_checkpoint(path)
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(CheckpointError, match="'a' can't be read: it is cut off"):
        checkpoint.read("a")

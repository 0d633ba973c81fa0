"""An output's content has one digest, wherever and however it lies; another content is refused."""

from __future__ import annotations

import hashlib
import json
import os

import pytest
import torch

from bench.contract.job import Output
from bench.records.assets import (
    Damaged,
    content_digest,
    is_whole,
    load,
    save,
    stored_content,
)

OUTPUT = Output({"b": torch.ones(2), "a": torch.arange(6).view(2, 3)}, {"z": 1, "y": ["ü", None]})


def test_the_digest_is_that_of_names_types_shapes_bytes_and_canonical_json():
    """Worked out with hashlib alone, in the order of names."""
    a, b = (i.to_bytes(8, "little") for i in range(6)), b"\x00\x00\x80\x3f" * 2
    parts = [
        json.dumps(["a", "torch.int64", [2, 3]]).encode(), *a,
        json.dumps(["b", "torch.float32", [2]]).encode(), b,
        b'{"y": ["\\u00fc", null], "z": 1}',
    ]  # fmt: skip
    assert content_digest(OUTPUT) == hashlib.sha256(b"".join(parts)).hexdigest()[:24]


def test_it_stays_through_files_and_through_the_order_of_names_and_strides(tmp_path):
    save(OUTPUT, tmp_path / "kept")
    manifest = json.loads((tmp_path / "kept" / "manifest.json").read_text())
    turned = Output(
        {"a": OUTPUT.tensors["a"].T.contiguous().T, "b": OUTPUT.tensors["b"]},
        {"y": ["ü", None], "z": 1},
    )
    digest = content_digest(OUTPUT)
    assert digest == manifest["content"] == content_digest(turned)
    assert digest == content_digest(load(tmp_path / "kept", digest))


OTHERS = {
    "another value": Output({**OUTPUT.tensors, "b": torch.tensor([1.0, 1.1])}, OUTPUT.data),
    "another type": Output({**OUTPUT.tensors, "b": torch.ones(2).double()}, OUTPUT.data),
    "another shape": Output({**OUTPUT.tensors, "a": torch.arange(6)}, OUTPUT.data),
    "another name": Output({"b": OUTPUT.tensors["b"], "c": OUTPUT.tensors["a"]}, OUTPUT.data),
    "one more": Output({**OUTPUT.tensors, "c": torch.zeros(0)}, OUTPUT.data),
    "other data": Output(OUTPUT.tensors, {"z": 1.0, "y": ["ü", None]}),
}


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_another_content_is_refused_though_its_own_manifest_agrees(tmp_path, other):
    save(other, tmp_path / "kept")
    expected = content_digest(OUTPUT)
    assert is_whole(tmp_path / "kept")
    with pytest.raises(Damaged, match=f"its content isn't {expected[:16]}"):
        load(tmp_path / "kept", expected)


def linked(folder):
    file = folder / "data.json"
    file.rename(folder / "elsewhere")
    file.symlink_to(folder / "elsewhere")


def piped(folder):
    (folder / "manifest.json").unlink()
    os.mkfifo(folder / "manifest.json")


def emptied(folder):
    (folder / "tensors.safetensors").write_bytes(b"")


def nested(folder):
    (folder / "manifest.json").write_text("[" * 100_000)


def folder_linked(folder):
    folder.rename(folder.with_name("elsewhere"))
    folder.symlink_to(folder.with_name("elsewhere"))


@pytest.mark.parametrize("damage", [linked, piped, emptied, nested, folder_linked])
def test_what_is_no_file_of_its_own_is_damaged_and_never_waited_for(tmp_path, damage):
    save(OUTPUT, tmp_path / "kept")
    damage(tmp_path / "kept")
    with pytest.raises(Damaged):
        load(tmp_path / "kept")


def test_a_second_name_elsewhere_is_refused_of_what_a_method_left(tmp_path):
    """A backup may link an asset's files; a method's output has no business with another's."""
    save(OUTPUT, tmp_path / "kept")
    os.link(tmp_path / "kept" / "data.json", tmp_path / "other")
    assert load(tmp_path / "kept").data == OUTPUT.data
    with pytest.raises(Damaged, match="no file of its own"):
        load(tmp_path / "kept", unshared=True)


@pytest.mark.parametrize("wrong", ["", "x" * 24, "ab" * 13, "../../etc", 7, None, ["ab" * 12]])
def test_a_content_that_is_no_digest_is_none(tmp_path, wrong):
    """What a method's process wrote of its output is a claim that may be anything."""
    save(OUTPUT, tmp_path / "kept")
    assert stored_content(tmp_path / "kept") == content_digest(OUTPUT)
    (tmp_path / "kept" / "manifest.json").write_text(json.dumps({"content": wrong}))
    assert stored_content(tmp_path / "kept") == ""


def test_a_manifest_that_is_a_pipe_is_not_waited_for(tmp_path):
    save(OUTPUT, tmp_path / "kept")
    piped(tmp_path / "kept")
    assert stored_content(tmp_path / "kept") == ""

"""Digests of files: right, remembered, and anew for a file that has changed."""

from __future__ import annotations

import json
import os
import time
from concurrent.futures import CancelledError
from hashlib import sha256
from pathlib import Path

import pytest

from suites.merging.apply import digests
from suites.merging.apply.digests import Digests


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file counts as settled as soon as it is written."""
    monkeypatch.setattr(digests, "SETTLED", -1)


def digest_of(file: Path, known: Path | None) -> str:
    remembered = Digests(known)
    with remembered.of([file], 1) as found:
        digest = found[str(file)].result()
    remembered.remember()
    return digest


def test_a_file_that_is_known_isnt_read_again(tmp_path, monkeypatch) -> None:
    file, known = tmp_path / "file", tmp_path / "home" / "known.json"
    file.write_bytes(b"content")
    right = sha256(b"content").hexdigest()
    assert digest_of(file, known) == right
    monkeypatch.setattr(digests, "sha256", None)
    assert digest_of(file, known) == right


def test_a_file_that_was_written_since_is_read_whatever_its_size_and_date(tmp_path) -> None:
    file, known = tmp_path / "file", tmp_path / "known.json"
    file.write_bytes(b"content")
    before = file.stat()
    digest_of(file, known)
    file.write_bytes(b"CONTENT")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert digest_of(file, known) == sha256(b"CONTENT").hexdigest()


def test_a_file_that_has_only_just_been_written_isnt_remembered(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(digests, "SETTLED", 60 * 10**9)
    file, known = tmp_path / "file", tmp_path / "known.json"
    file.write_bytes(b"content")
    digest_of(file, known)
    assert json.loads(known.read_text()) == {}


@pytest.mark.parametrize("content", ["", "[]", "not JSON"])
def test_what_is_remembered_may_be_damaged(content, tmp_path) -> None:
    file, known = tmp_path / "file", tmp_path / "known.json"
    file.write_bytes(b"content")
    known.write_text(content)
    assert digest_of(file, known) == sha256(b"content").hexdigest()


def test_without_a_place_nothing_is_remembered(tmp_path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"content")
    assert digest_of(file, None) == sha256(b"content").hexdigest()
    assert list(tmp_path.iterdir()) == [file]


def test_whoever_leaves_early_waits_for_no_digest_and_a_parts_is_never_given(
    tmp_path, monkeypatch
) -> None:
    monkeypatch.setattr(digests, "PIECE", 1)  # a file of 20 MB takes 10 seconds and more
    file, known = tmp_path / "file", tmp_path / "known.json"
    file.write_bytes(bytes(20_000_000))
    remembered = Digests(known)
    begin = time.monotonic()
    with remembered.of([file, file], 1) as coming:
        time.sleep(0.05)
    assert time.monotonic() - begin < 5
    with pytest.raises(CancelledError):
        coming[str(file)].result()
    remembered.remember()
    assert json.loads(known.read_text()) == {}

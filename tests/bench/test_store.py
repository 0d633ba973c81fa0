"""The store, held against a dict; published files; stored outputs."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
import torch
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from bench.contract.job import Output
from bench.records import assets, published
from bench.records.record import STATUSES, Record
from bench.records.store import Store, StoreError


def a_record(key="k1", method="average", tier="small", seed=0, status="ok", **more):
    return Record(
        key=key, suite="merging", task="compose", task_version=1, tier=tier, method=method,
        variant="default", seed=seed, kind="method", track="single", params={}, status=status,
        identity={"method": method, "seed": seed}, **more,
    )  # fmt: skip


class StoreAgreesWithADict(RuleBasedStateMachine):
    """Whatever is put, replaced, reopened: the store says what a dict would."""

    def __init__(self):
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "records.sqlite"
        self.store = Store(self.path)
        self.model = {}

    @rule(key=st.integers(0, 5), status=st.sampled_from(sorted(STATUSES)), seed=st.integers(0, 9))
    def put(self, key, status, seed):
        record = a_record(key=f"k{key}", status=status, seed=seed)
        self.store.put([record])
        self.model[record.key] = record

    @rule()
    def reopen(self):
        self.store.close()
        self.store = Store(self.path)

    @rule()
    def another_process_reads(self):
        assert {r.key: r for r in Store(self.path).records()} == self.model

    @rule(seeds=st.lists(st.integers(0, 2)))
    def records_of_an_identity(self, seeds):
        asked = {a_record(seed=seed).asked for seed in seeds}
        expected: dict[str, list[Record]] = {}
        for _, record in sorted(self.model.items()):
            if record.asked in asked:
                expected.setdefault(record.asked, []).append(record)
        assert self.store.asked(asked) == expected

    @invariant()
    def all_records(self):
        assert {r.key: r for r in self.store.records()} == self.model

    def teardown(self):
        self.store.close()
        self.folder.cleanup()


TestStoreAgreesWithADict = StoreAgreesWithADict.TestCase
TestStoreAgreesWithADict.settings = settings(max_examples=15, deadline=None)


def test_a_record_survives_json():
    record = a_record(metrics={"held_in": 0.1 + 0.2}, cost={"flops": 3}, details={"cells": [1, 2]})
    assert Record.from_json(record.to_json()) == record


def test_a_key_s_start_finds_its_record(tmp_path):
    store = Store(tmp_path / "s.sqlite")
    store.put([a_record(key="abc1"), a_record(key="abd2")])
    assert [r.key for r in store.find("abc")] == ["abc1"]
    assert [r.key for r in store.find("ab")] == ["abc1", "abd2"]
    assert store.find("%") == []


def test_a_damaged_store_is_one_sentence(tmp_path):
    path = tmp_path / "s.sqlite"
    path.write_bytes(b"this is no database, whatever its name says" * 100)
    with pytest.raises(StoreError, match=r"s\.sqlite: the store can't be used .* move it away"):
        Store(path)


def stored_file(folder, count=50):
    """The closed file of a store with so many records, their keys spread out."""
    path = folder / "s.sqlite"
    store = Store(path)
    keys = [f"{i * 7919 % 10007:04x}" for i in range(count)]
    store.put(a_record(key=key, metrics={"error": 0.25}, log="x" * 1000) for key in keys)
    store.close()
    return path


def test_a_flipped_digit_is_seen_and_every_other_record_is_saved(tmp_path):
    path = stored_file(tmp_path)
    content = path.read_bytes()
    place = content.index(b'"error": 0.25')
    path.write_bytes(content[:place] + b'"error": 0.75' + content[place + 13 :])
    with pytest.raises(StoreError, match=r"49 of its records are whole and saved in .*rescued"):
        Store(path).records()
    saved = Store(tmp_path / "s.rescued.sqlite").records()
    assert len(saved) == 49
    assert {r.metrics["error"] for r in saved} == {0.25}


def test_what_is_left_of_a_truncated_store_is_saved_and_the_file_stays_as_it_was(tmp_path):
    path = stored_file(tmp_path)
    content = path.read_bytes()[: path.stat().st_size * 4 // 5]
    path.write_bytes(content)
    with pytest.raises(StoreError, match="of its records are whole"):
        Store(path).records()
    assert 0 < len(Store(tmp_path / "s.rescued.sqlite").records()) < 50
    assert path.read_bytes() == content


def test_a_record_that_was_put_before_records_were_sealed_is_read(tmp_path):
    import sqlite3

    path = stored_file(tmp_path, count=1)
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE records SET record = ?", (a_record(key="old").to_json(),))
    assert Store(path).records() == [a_record(key="old")]


def test_a_missing_store_says_how_to_make_one(tmp_path):
    with pytest.raises(StoreError, match=r"no such store\. Run `python -m bench run`"):
        Store(tmp_path / "none.sqlite", create=False)


def test_a_store_of_a_newer_format_is_refused(tmp_path):
    import sqlite3

    path = tmp_path / "s.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version=99")
    with pytest.raises(StoreError, match="written by a newer Weighhouse"):
        Store(path)


def test_published_files_are_one_a_method_sorted_and_stable(tmp_path):
    records = [a_record(key=f"{m}{s}", method=m, seed=s) for s in (2, 0, 1) for m in ("b", "a")]
    files = published.write(records, tmp_path)
    assert [f.relative_to(tmp_path).as_posix() for f in files] == [
        "merging/a.jsonl",
        "merging/b.jsonl",
    ]
    assert [json.loads(line)["seed"] for line in files[0].read_text().splitlines()] == [0, 1, 2]
    before = [f.read_bytes() for f in files]
    published.write(reversed(records), tmp_path)
    assert [f.read_bytes() for f in files] == before
    assert {r.key for r in published.read(tmp_path)} == {r.key for r in records}


def test_publishing_one_tier_keeps_the_others(tmp_path):
    published.write([a_record(key="old", tier="small"), a_record(key="x", tier="smoke")], tmp_path)
    published.write([a_record(key="new", tier="small")], tmp_path)
    assert {r.key for r in published.read(tmp_path)} == {"new", "x"}


def test_the_machine_s_faults_are_not_published(tmp_path):
    published.write([a_record(), a_record(key="k2", seed=1, status="infra")], tmp_path)
    assert [r.key for r in published.read(tmp_path)] == ["k1"]


def test_a_wrong_published_line_is_named(tmp_path):
    file = published.write([a_record()], tmp_path)[0]
    file.write_text(file.read_text() + "{}\n")
    with pytest.raises(published.PublishedError, match=r"average\.jsonl:2: not a record"):
        published.read(tmp_path)


def test_an_output_comes_back_as_it_was(tmp_path):
    tensors = {"a": torch.randn(3, 4), "b": torch.arange(5), "c": torch.randn(4, 3).T}
    assets.save(Output(tensors, {"x": [1, 2.5]}), tmp_path / "o")
    back = assets.load(tmp_path / "o")
    assert back.data == {"x": [1, 2.5]}
    assert all(torch.equal(back.tensors[name], tensors[name]) for name in tensors)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["o"]


@pytest.mark.parametrize("file", ["tensors.safetensors", "data.json", "manifest.json"])
def test_a_flipped_byte_is_seen(tmp_path, file):
    assets.save(Output({"a": torch.randn(3)}, {"x": 1}), tmp_path / "o")
    path = tmp_path / "o" / file
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    assert not assets.is_whole(tmp_path / "o")
    with pytest.raises(assets.Damaged):
        assets.load(tmp_path / "o")

"""Small files that runs leave: kept under their digest, published, verified."""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
import sys
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.records import kept, published
from bench.records.kept import KeptError
from bench.records.published import PublishedError
from bench.records.record import Record
from tests.bench.conftest import Checkout
from tests.reports.invented import record

INDICES = b"[3, 1, 4]"


def a_record(artefacts: dict) -> Record:
    made = record("ties", "near", 0, {"held_in": 0.5, "held_out": 0.5})
    return replace(made, artefacts=artefacts)


@pytest.fixture
def here(tmp_path: Path) -> Path:
    return tmp_path / "kept"


@pytest.fixture
def one(here: Path) -> Record:
    """A record that keeps `indices.json`, which lies in `here`."""
    return a_record(kept.keep({"indices.json": INDICES}, here, 100))


@given(st.dictionaries(st.from_regex(r"[a-z0-9_-]{1,9}\.(json|npy|png)", fullmatch=True).filter(
    kept.NAME.fullmatch), st.binary(max_size=64), max_size=4))  # fmt: skip
def test_what_is_kept_is_read_back_byte_for_byte(tmp_path_factory, files: dict[str, bytes]) -> None:
    folder = tmp_path_factory.mktemp("kept")
    artefacts = kept.keep(files, folder, 1000)
    assert kept.wrong(artefacts) == ""
    assert {n: kept.read(n, entry, folder) for n, entry in artefacts.items()} == files
    assert len(list(folder.iterdir())) <= len(files)  # the same content lies there once


@pytest.mark.parametrize("name", ["../up.json", "a.svg", "A.json", ".json", "a/b.json", "a"])
def test_a_name_that_could_be_a_path_or_a_script_is_refused(here: Path, name: str) -> None:
    with pytest.raises(KeptError, match="the suite's scorer keeps a file called"):
        kept.keep({"good.json": b"", name: b""}, here, 100)
    assert not here.exists()


def test_more_than_the_suite_allows_is_refused_whole(here: Path) -> None:
    # 60 + 50 = 110 bytes of 100
    with pytest.raises(KeptError, match="keeps 110 bytes of this run, over its own limit of 100"):
        kept.keep({"a.npy": b"x" * 60, "b.npy": b"x" * 50}, here, 100)
    assert not here.exists()


def test_a_file_that_was_changed_is_noticed(one: Record, here: Path) -> None:
    (only,) = here.iterdir()
    only.write_bytes(b"[2, 7, 1]")
    with pytest.raises(KeptError, match="its content isn't what its record says"):
        kept.read("indices.json", one.artefacts["indices.json"], here)


def test_a_file_is_published_compressed_under_the_digest_of_its_content(one, here, tmp_path):
    out = tmp_path / "published"
    assert published.write_kept([one], here, out) == 1
    assert published.write_kept([one], here, out) == 0  # it is there
    published.write([one], out)
    file = out / "invented" / "kept" / f"{sha256(INDICES).hexdigest()}.json.gz"
    assert gzip.decompress(file.read_bytes()) == INDICES
    (again,) = published.read(out)
    assert published.artefact(again, "indices.json", out) == INDICES


def test_the_published_reader_misses_a_file_that_is_not_there(one, here, tmp_path):
    published.write([one], tmp_path)
    with pytest.raises(PublishedError, match=r"ties.jsonl:1: the record keeps indices.json, but"):
        published.read(tmp_path)


@pytest.mark.parametrize(
    "content",
    [gzip.compress(b"[2, 7, 1]"), gzip.compress(INDICES + b" " * 10**6), b"no gzip", b""],
    ids=["other", "longer", "noise", "empty"],
)
def test_the_published_reader_refuses_a_file_that_is_not_what_its_record_says(
    one, here, tmp_path, content
):
    published.write_kept([one], here, tmp_path)
    (file,) = tmp_path.glob("invented/kept/*")
    file.write_bytes(content)
    with pytest.raises(PublishedError, match=file.name):
        published.artefact(one, "indices.json", tmp_path)


@pytest.mark.parametrize(
    ("artefacts", "said"),
    [
        ([], "artefacts isn't an object"),
        ({"../x.json": {"digest": "a" * 64, "bytes": 1}}, "holds a file called '../x.json'"),
        ({"x.json": {"digest": "../../x", "bytes": 1}}, "holds no sha256 of x.json"),
        ({"x.json": {"digest": "a" * 64, "bytes": 10**12}}, "holds no size of x.json between"),
        ({"x.json": {"digest": "a" * 64, "bytes": True}}, "holds no size of x.json between"),
        ({"x.json": 3}, "holds no sha256 of x.json"),
    ],
)
def test_a_published_line_cannot_name_what_it_likes(tmp_path, artefacts, said):
    published.write([a_record(artefacts)], tmp_path)
    with pytest.raises(PublishedError, match=r"ties.jsonl:1: .*" + said):
        published.read(tmp_path)


def test_published_files_that_no_record_names_any_more_go(one, here, tmp_path):
    out = tmp_path / "published"
    published.write_kept([one], here, out)
    published.write([a_record({})], out)
    assert published.prune_kept(out) == 1
    assert list(out.glob("*/kept/*")) == []


@pytest.fixture(scope="module")
def checkout(make_checkout, tmp_path_factory) -> Checkout:
    return make_checkout(tmp_path_factory.mktemp("kept") / "checkout")


def test_a_run_keeps_its_file_from_the_scorer_to_the_published_folder(checkout, tmp_path):
    (made,) = checkout.run("half", options=("--seed", "0"))
    entry = made["artefacts"]["guess.json"]
    local = checkout.home / "kept" / f"{entry['digest']}.json"
    content = local.read_bytes()
    assert sha256(content).hexdigest() == entry["digest"]
    assert json.loads(content)["guess"] == pytest.approx(-1.6045 / 2, abs=1e-4)

    shown = checkout.bench("show", made["key"]).stdout
    assert f"guess.json: {len(content)} bytes, {local}" in shown

    done = checkout.bench("export", "--tier", "smoke", "--out", str(tmp_path))
    assert done.returncode == 0, done.stderr
    (again,) = published.read(tmp_path)
    assert published.artefact(again, "guess.json", tmp_path) == content


def test_a_site_of_a_store_has_the_files_of_published_records_that_serve_it(checkout, tmp_path):
    elsewhere = checkout.copy_to(tmp_path / "copy")
    options = ("--seed", "0")
    elsewhere.run("half", options=options)
    exported = elsewhere.bench("export", "--tier", "smoke")
    assert exported.returncode == 0, exported.stderr
    shutil.rmtree(elsewhere.home)
    (served,) = elsewhere.run("half", options=options)
    assert served["served"]
    store, site = elsewhere.home / "records.sqlite", tmp_path / "site"
    built = subprocess.run(
        [sys.executable, "-m", "leaderboard", "build", "--tier", "smoke", "--store", str(store),
         "--published", "reports/published", "--out", str(site)],
        cwd=elsewhere.root, env=elsewhere.environment(), capture_output=True, text=True,
    )  # fmt: skip
    assert built.returncode == 0, built.stderr
    digest = served["artefacts"]["guess.json"]["digest"]
    assert sha256((site / f"toy/kept/{digest}.json").read_bytes()).hexdigest() == digest

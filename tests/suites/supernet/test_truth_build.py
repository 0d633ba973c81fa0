"""Building ground truth: shards that survive a kill, and the table that is made of them."""

import json
import os
import signal
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from suites.supernet.spaces import find
from suites.supernet.truth.plans import PLANS
from suites.supernet.truth.shards import Shard, StaleShard, Training, build_shard, heading, shards
from suites.supernet.truth.table import MEASURES, answers, read, read_lines
from suites.supernet.truth.writing import Layout, Unfinished, write_table

COMMAND = [sys.executable, "-m", "suites.supernet.truth"]


def build_until(folder: Path, lines: int) -> None:
    """A real build, killed once its first shard has so many lines."""
    path = folder / "micro201-00.jsonl"
    build = subprocess.Popen(
        [*COMMAND, "build", "micro201", "--folder", str(folder), "--jobs", "1"],
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        deadline = time.monotonic() + 120
        while not path.exists() or path.read_text().count("\n") < lines:
            assert time.monotonic() < deadline, "no training has ended"
            assert build.poll() is None, "the build has ended by itself"
            time.sleep(0.05)
    finally:
        os.killpg(build.pid, signal.SIGKILL)
        build.wait()


def test_a_killed_build_goes_on_and_loses_nothing_that_had_ended(tmp_path):
    build_until(tmp_path, 3)
    path = tmp_path / "micro201-00.jsonl"
    before = path.read_text()
    whole = before[: before.rindex("\n") + 1]
    path.write_text(whole + '{"architecture": [0, 1')  # cut off while it was written
    build_until(tmp_path, whole.count("\n") + 2)
    after = path.read_text()
    assert after.startswith(whole)
    shard = Shard("micro201", 0, tmp_path)
    assert list(shard.finished()) == shard.trainings()[: len(shard.finished())]


def fabricated(training: Training) -> dict[str, float]:
    number = int(sha256(repr(training).encode()).hexdigest()[:8], 16)
    return {measure: (number + i) / 3**20 for i, measure in enumerate(MEASURES)}


def fabricate(space: str, folder: Path) -> None:
    """Shards with figures that nobody trained for."""
    for shard in shards(space, folder):
        with shard.path.open("w") as file:
            file.write(json.dumps(heading(PLANS[space])) + "\n")
            for training in shard.trainings():
                line = {
                    "architecture": training.architecture,
                    "seed": training.seed,
                    "outcome": fabricated(training),
                }
                file.write(json.dumps(line) + "\n")


@pytest.fixture(params=PLANS, scope="module")
def made(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    fabricate(request.param, folder)
    write_table(request.param, folder, folder / "table.csv.gz")
    return request.param, folder / "table.csv.gz"


def test_a_table_reads_back_to_the_last_bit(made):
    space, path = made
    table, plan = read(path), PLANS[space]
    rows, seeds = plan.rows()
    assert np.array_equal(table.architectures, rows)
    for row, count, number in zip(rows, seeds, range(len(rows)), strict=True):
        for seed in range(max(plan.seeds.values())):
            expected = fabricated(Training(tuple(map(int, row)), seed))
            for measure in MEASURES:
                value = table.measures[measure][number, seed]
                assert value == expected[measure] if seed < count else np.isnan(value)


def test_a_table_knows_its_lists_in_their_order(made):
    space, path = made
    table = read(path)
    for name, rows in find(space).lists.items():
        assert np.array_equal(table.architectures[table.lists[name]], rows)


def test_the_asset_holds_the_whole_table(made):
    _, path = made
    tensors, table = answers({}, path).tensors, read(path)
    assert np.array_equal(tensors["architectures"].numpy(), table.architectures)
    for name, values in table.measures.items():
        assert np.array_equal(tensors[name].numpy(), values, equal_nan=True)
    for name, rows in table.lists.items():
        assert np.array_equal(tensors[f"list_{name}"].numpy(), rows)


def test_a_table_has_the_same_bytes_whenever_it_is_written(tmp_path):
    fabricate("pooling", tmp_path)
    for name in ("first", "second"):
        write_table("pooling", tmp_path, tmp_path / name)
    assert (tmp_path / "first").read_bytes() == (tmp_path / "second").read_bytes()


def test_an_architecture_on_two_lists_stands_once_with_the_seeds_of_the_longer():
    rows, seeds = PLANS["macro"].rows()
    by_row = dict(zip(map(tuple, rows.tolist()), seeds, strict=True))
    lists = {name: set(map(tuple, r.tolist())) for name, r in find("macro").lists.items()}
    assert len(by_row) == len(rows) == len(lists["free"] | lists["band"])
    assert lists["free"] & lists["band"]
    assert all(by_row[row] == (8 if row in lists["band"] else 4) for row in by_row)


def test_an_unfinished_table_is_refused_with_what_is_missing(tmp_path):
    with pytest.raises(Unfinished, match="288 of 288 trainings of pooling aren't in"):
        write_table("pooling", tmp_path, tmp_path / "table.csv.gz")


def test_a_shard_of_another_recipe_is_refused(tmp_path):
    shard = Shard("pooling", 0, tmp_path)
    shard.path.write_text('{"space": "pooling", "recipe": {"steps": 5}}\n')
    with pytest.raises(StaleShard, match="was made for another recipe or network"):
        build_shard(shard)


def test_columns_are_digits_then_counts_then_lists_then_each_seed():
    assert Layout("pooling").header[:8] == [
        "halved",
        "parameters",
        "flops",
        "list_all",
        "test_accuracy_0",
        "test_loss_0",
        "validation_accuracy_0",
        "validation_loss_0",
    ]


def test_a_row_that_a_table_lacks_is_refused_before_anything_is_trained():
    done = subprocess.run(
        [*COMMAND, "check", "pooling", "--row", "36"], capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "pooling has rows 0 to 35" in done.stderr


def test_lines_are_read_as_they_stand(made):
    space, path = made
    header, first, *_ = read_lines(path)
    assert header == ",".join(Layout(space).header)
    assert len(first.split(",")) == len(Layout(space).header)

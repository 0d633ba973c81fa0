"""A published line that can't be true is refused with its file and line."""

from __future__ import annotations

import json

import pytest

from bench.records import published
from bench.records.record import Record

GOOD = Record(
    key="k", suite="merging", task="compose-near", task_version=1, tier="small", method="ties",
    variant="default", seed=0, kind="method", track="single", params={"keep": 0.2}, status="ok",
    metrics={"held_in": 0.5, "held_out_normalised": 1.4}, cost={"flops": 1e9, "unmetered": False},
    details={"cells": [{"accuracy": 0.5}]},
)  # fmt: skip

WRONG = {
    # what is edited in the line: (old, new, the sentence)
    "infinity": ('"held_in": 0.5', '"held_in": Infinity', "metrics.held_in is inf, which isn't"),
    "nan": ('"held_in": 0.5', '"held_in": NaN', "metrics.held_in is nan"),
    "too large to be finite": ('"held_in": 0.5', '"held_in": 1e999', "metrics.held_in is inf"),
    "above all": (
        '"held_in": 0.5',
        '"held_in": 1.5',
        "metrics.held_in is 1.5, outside of",
    ),
    "below nothing": ('"held_in": 0.5', '"held_in": -0.1', "metrics.held_in is -0.1, outside"),
    "no number": ('"held_in": 0.5', '"held_in": "0.5"', "metrics.held_in is '0.5', no number"),
    "a truth": ('"held_in": 0.5', '"held_in": true', "metrics.held_in is True, no number"),
    "a cost below nothing": ('"flops": 1000000000.0', '"flops": -1', "cost.flops is -1, below"),
    "an infinite cost": ('"flops": 1000000000.0', '"flops": -Infinity', "cost.flops is -inf"),
    "an infinite detail": ('"accuracy": 0.5', '"accuracy": NaN', "details.cells.accuracy is nan"),
    "another status": ('"status": "ok"', '"status": "best"', "status is 'best', which there isn't"),
    "metrics of another kind": ('"metrics": {', '"metrics": [], "more": {', "metrics is no object"),
    "depth": ('"details": {', '"details": ' + "[" * 9000 + "]" * 9000 + ', "more": {', ""),
}


@pytest.mark.parametrize(("old", "new", "sentence"), WRONG.values(), ids=WRONG)
def test_a_line_that_can_t_be_true_is_refused_with_its_place(tmp_path, old, new, sentence):
    line = GOOD.to_json()
    assert old in line
    (tmp_path / "merging").mkdir()
    file = tmp_path / "merging" / "ties.jsonl"
    file.write_text(f"{line}\n{line.replace(old, new)}\n")
    with pytest.raises(published.PublishedError) as error:
        published.read(tmp_path)
    assert str(error.value).startswith(f"{file}:2: ")
    assert sentence in str(error.value)


def test_a_ratio_may_be_above_one_and_an_unknown_metric_has_no_range(tmp_path):
    GOOD.metrics["of_another_version"] = -7.0
    published.write([GOOD], tmp_path)
    assert published.read(tmp_path) == [GOOD]
    assert json.loads((tmp_path / "merging" / "ties.jsonl").read_text())["status"] == "ok"


def test_every_published_record_is_sound():
    assert published.read(published.PUBLISHED)

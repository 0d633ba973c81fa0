"""What is stored of a process's words and values: no more, and nothing that acts."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.records.record import Record
from bench.running.storable import storable
from bench.running.text import CUT, REASON, Unstorable, cleaned, plain, sentence

ANY = st.text(st.characters(), max_size=300)  # surrogates and control characters, too


@given(ANY)
def test_a_sentence_is_one_printable_line_that_every_encoding_takes(text):
    kept = sentence(text)
    assert kept.isprintable()
    assert kept == " ".join(kept.split())
    kept.encode("utf-8")
    assert sentence(kept) == kept


@given(ANY)
def test_a_log_keeps_its_line_ends_and_loses_all_that_acts(text):
    kept = cleaned(text, lines=True)
    assert all(c.isprintable() or c in "\n\t" for c in kept)
    assert kept.count("\n") == text.count("\n")


def test_plain_words_stay_as_they_are():
    words = "Größe 3 µm, 数字, عربى, naïve: 50 % ≥ ½ — «ok»"
    assert sentence(words) == cleaned(words) == words


def test_a_sentence_that_is_cut_says_so_and_a_log_keeps_its_end():
    assert sentence("x" * 5000) == "x" * (REASON - len(CUT)) + CUT
    assert cleaned("a" * 9000 + "the end").endswith("the end")
    assert len(cleaned("a" * 9000)) == 8000


def test_directions_and_escapes_are_gone():
    assert sentence("a\u202eb\u2066c\x1b[31m\ud800\x00") == "abc[31m"


DEEP = {"a": None}
for _ in range(20):
    DEEP = {"a": DEEP}


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ({"a": [1.0, float("nan")]}, "details.a isn't finite"),
        ({"a": {"b": float("-inf")}}, "details.a.b isn't finite"),
        ({"a": 2**70}, "beyond 2"),
        ({"a": {1, 2}}, "details.a is a set, which JSON doesn't have"),
        (DEEP, "nested deeper than"),
        ({"a": [0] * 200_000}, "more than 100000 values"),
    ],
    ids=["nan", "infinite", "huge", "a set", "deep", "many"],
)
def test_values_that_no_record_can_hold_are_refused_with_their_place(value, why):
    with pytest.raises(Unstorable, match=why):
        plain(value)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANY,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY, inner, max_size=4),
    max_leaves=20,
)


@given(VALUES, VALUES, ANY, ANY)
def test_whatever_a_process_says_makes_a_record_that_can_be_stored(details, cost, reason, log):
    record = Record(
        key="k", suite="s", task="t", task_version=1, tier="smoke", method="m",
        variant="default", seed=0, kind="method", track="single", params={}, status="ok",
        reason=reason, log=log, metrics={"a": 1.0}, details={"x": details}, cost={"y": cost},
    )  # fmt: skip
    kept = storable(record)
    line = kept.to_json()
    line.encode()
    assert Record.from_json(line) == kept == Record(**json.loads(line))
    assert kept.status in ("ok", "crashed")
    assert kept.status == "ok" or kept.metrics == {}


def test_a_record_that_is_too_large_is_a_crashed_row():
    record = Record(
        key="k", suite="s", task="t", task_version=1, tier="smoke", method="m",
        variant="default", seed=0, kind="method", track="single", params={}, status="ok",
        details={"x": ["y" * 900] * 2000},
    )  # fmt: skip
    kept = storable(record)
    assert kept.status == "crashed"
    assert "more than 1048576" in kept.reason
    assert kept.details == {}

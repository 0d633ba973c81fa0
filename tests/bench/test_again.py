"""commands.again: the verdict on a record that was made again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench.records.record import Record
from commands.again import at_fault, compare, sentence, spread

HERE = {"cpu": "A", "instructions": "1", "torch": "2.13.0", "numpy": "2.4", "python": "3.11.7"}
ELSEWHERE = {**HERE, "instructions": "2"}


def a_record(value=0.5, seed=0, status="ok", output="o", provenance=HERE):
    return Record(
        key=f"k{seed}", suite="s", task="t", task_version=1, tier="small", method="m",
        variant="default", seed=seed, kind="method", track="all", params={}, status=status,
        metrics={"quality": value} if status == "ok" else {}, output=output,
        provenance=dict(provenance),
    )  # fmt: skip


CELL = [a_record(value, seed) for seed, value in enumerate((0.5, 0.52, 0.48, 0.51, 0.49))]
FIRST = CELL[0]


@pytest.mark.parametrize(
    ("again", "verdict"),
    [
        (a_record(), "identical"),
        (a_record(provenance=ELSEWHERE), "identical"),
        (a_record(0.5000001), "different"),
        (a_record(output="another"), "different"),
        (a_record(status="crashed"), "different"),
        (a_record(0.53, output="another", provenance=ELSEWHERE), "alike"),
        (a_record(0.7, output="another", provenance=ELSEWHERE), "outside"),
        (a_record(status="diverged", provenance=ELSEWHERE), "outside"),
        (a_record(status="infra"), "not here"),
        (a_record(status="infra", provenance=ELSEWHERE), "not here"),
    ],
)
def test_the_verdict_follows_from_the_digits_and_the_kind_of_machine(again, verdict):
    assert compare(FIRST, again, CELL, ["quality"]).verdict == verdict


def test_the_spread_is_that_of_one_more_draw():
    # mean 0.5, sd sqrt((0 + 4 + 4 + 1 + 1) e-4 / 4) = 0.0158114, t(.995, 4) = 4.60409
    # 4.60409 * 0.0158114 * sqrt(1 + 1/5) = 0.079745, and a millionth of the mean
    values = [record.metrics["quality"] for record in CELL]
    assert spread(values) == pytest.approx(0.079745 + 5e-7, abs=1e-6)


def test_one_seed_tells_nothing_of_a_spread():
    assert spread([0.5]) == float("inf")


def elsewhere(*values):
    return [
        compare(FIRST, a_record(v, output="x", provenance=ELSEWHERE), CELL, ["quality"])
        for v in values
    ]


def test_one_figure_in_many_may_lie_outside_by_chance():
    # at least 1 of 60 at a chance of .01: 1 - .99^60 = .45
    assert not at_fault(elsewhere(0.7, *[0.5001] * 59))


def test_a_machine_that_can_make_none_again_has_proved_nothing():
    failed = replace(a_record(status="infra"), reason="no room")
    pair = compare(FIRST, failed, CELL, ["quality"])
    assert pair.reason == "no room"
    assert at_fault([pair]) == "none of them could be made again here"
    assert not at_fault([pair, compare(FIRST, FIRST, CELL, ["quality"])])


def test_many_figures_outside_are_a_fault():
    # at least 4 of 60: .0033
    assert "4 of 60 figures lie outside" in at_fault(elsewhere(*[0.7] * 4, *[0.5001] * 56))


def test_one_difference_on_the_same_kind_of_machine_is_a_fault():
    pairs = [compare(FIRST, a_record(0.51), CELL, ["quality"]), *elsewhere(*[0.5001] * 99)]
    assert at_fault(pairs).startswith("1 came out differently")


def test_the_sentence_counts_each_verdict():
    pairs = [compare(FIRST, replace(FIRST), CELL, ["quality"]), *elsewhere(0.5001)]
    assert sentence(pairs, 1446) == (
        "2 of 1446 published runs were made again here: 1 identical, 1 alike."
    )

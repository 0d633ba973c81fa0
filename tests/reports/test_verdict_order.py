"""A method against its baselines where rows are ranked by several metrics: which one decides."""

from __future__ import annotations

from typing import Any

import pytest

from bench.records.record import Record
from reports.verdict import report
from tests.reports.invented import catalogue
from tests.reports.invented_order import of, ordered_suite, ordered_task, scale

ONE = ordered_suite()
TWO = ordered_suite(ordered_task("first"), ordered_task("second"))
NOISE = [0.01, -0.01, 0.02, -0.02, 0.0]


def around(level: float, sign: int = 1) -> list[float]:
    return [level + sign * noise for noise in NOISE]


def told(*made: list[Record], within: Any = ONE, method: str = "mine") -> Any:
    records = [*scale(within, seeds=5), *(record for own in made for record in own)]
    return report(records, catalogue(within), "invented", "small", method, "default")


MINE = of("mine", failures=[0.0] * 5, quality=around(0.5), sensitivity=around(0.2))


def verdict(*made: list[Record]) -> tuple[str, str]:
    baseline = told(MINE, *made).data["baselines"][0]
    return baseline["metric"], baseline["verdict"]


def test_the_first_metric_that_tells_them_apart_decides() -> None:
    fails = of("theirs", failures=[0.4] * 5, quality=around(0.9), sensitivity=around(0.1))
    assert verdict(fails) == ("failures", "better")
    beats = of("theirs", failures=[0.0] * 5, quality=around(0.9, -1), sensitivity=around(0.9))
    assert verdict(beats) == ("quality", "worse")
    steady = of("theirs", failures=[0.0] * 5, quality=around(0.499, -1), sensitivity=around(0.4))
    assert verdict(steady) == ("sensitivity", "better")


def test_a_difference_that_may_be_noise_leaves_it_to_the_next_metric() -> None:
    # failures of one rate in one seed: d = .04, 0, 0, 0, 0, t = 1, p = .37
    fails = [0.04, 0.0, 0.0, 0.0, 0.0]
    one = of("theirs", failures=fails, quality=around(0.9, -1), sensitivity=around(0.2, -1))
    assert verdict(one) == ("quality", "worse")


def test_where_nothing_tells_them_apart_there_is_no_verdict() -> None:
    same = of("theirs", failures=[0.0] * 5, quality=around(0.499, -1), sensitivity=around(0.2, -1))
    assert verdict(same)[1] == "can't tell"


def test_having_no_value_is_worse_than_any() -> None:
    without = of("theirs", failures=[0.0] * 5, quality=around(0.499, -1))
    baseline = told(MINE, without).data["baselines"][0]
    assert (baseline["metric"], baseline["about"]) == ("sensitivity", "n/a")
    # mine has it in every run, theirs in none: a share of 0 - 1 without it
    assert (baseline["difference"], baseline["verdict"]) == (-1.0, "better")


def test_differences_are_in_the_metrics_own_direction() -> None:
    fails = of("theirs", failures=[0.4] * 5, quality=around(0.9), sensitivity=around(0.1))
    found = told(MINE, fails)
    assert found.data["baselines"][0]["difference"] == pytest.approx(-0.4)
    # the same in every seed; failures come in steps of .2 here (0, .4, 1), so the half-width is
    # t(.975, 4) .2 / sqrt(6) / sqrt(5) = 2.7764 x .03651 = .101
    assert {"failures", "−0.40", "(−0.50", "−0.30)", "better"} <= set(found.text.split())
    assert "better than 1 of 1 baseline" in found.text
    assert "Ranked by failures (low is better), then quality" in found.text


def test_the_table_shows_every_metric_of_each_row_and_the_best_baseline_first() -> None:
    fails = of("fails", failures=[0.4] * 5, quality=around(0.9), sensitivity=around(0.1))
    slow = of("slow", failures=[0.0] * 5, quality=around(0.1))
    lines = told(MINE, fails, slow).text.splitlines()
    heads = " ".join(lines[2:4]).split()
    assert {"Method", "Failures", "Score:", "quality", "Sensitivity"} <= set(heads)
    first = [line.split()[:4] for line in lines if line[:5].strip() in ("mine", "slow", "fails")]
    known = [words for words in first if "." in words[1]]
    assert known[:3] == [
        ["mine", "0.000", "0.500", "0.200"],
        ["slow", "0.000", "0.100", "–"],
        ["fails", "0.400", "0.900", "0.100"],
    ]


def test_each_task_alone_says_what_decides_there() -> None:
    made = [
        *of("mine", "first", failures=[0.0] * 5, quality=around(0.5)),
        *of("mine", "second", failures=[0.0] * 5, quality=around(0.9)),
        *of("theirs", "first", failures=[0.2] * 5, quality=around(0.9)),
        *of("theirs", "second", failures=[0.0] * 5, quality=around(0.4, -1)),
    ]
    tasks = told(made, within=TWO).data["baselines"][0]["tasks"]
    assert (tasks["first"]["metric"], tasks["first"]["verdict"]) == ("failures", "better")
    assert (tasks["second"]["metric"], tasks["second"]["verdict"]) == ("quality", "better")

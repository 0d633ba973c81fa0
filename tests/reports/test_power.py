"""reports.power: the seeds that a task needs, from how its methods' differences vary."""

from __future__ import annotations

import pytest

from bench.records.record import Record
from reports.errors import ReportError
from reports.formats import as_text
from reports.power import power_table
from tests.reports.invented import catalogue, floor_and_ceiling, metric, record, suite, task

NEAR = task("near", (metric("held_in"),), ("held_in",))
CATALOGUE = catalogue(suite(tasks=(NEAR,)))


def made(**values: list[float]) -> list[Record]:
    """Records of the methods named, one a seed; floor .5 and ceiling .9."""
    runs = [
        record(name, "near", seed, {"held_in": value})
        for name, own in values.items()
        for seed, value in enumerate(own)
    ]
    return [*floor_and_ceiling(NEAR, seeds=len(next(iter(values.values())))), *runs]


def test_a_tasks_seeds_follow_from_the_paired_deviation_of_its_methods() -> None:
    # Scores (value - .5) / .4. strong less useless: .1, .2, .3 of a value, .25, .5, .75 of a score:
    # standard deviation .25. A difference of .05 is .2 of that: 199 seeds.
    records = made(strong=[0.6, 0.7, 0.8], useless=[0.5, 0.5, 0.5])
    [row] = power_table(records, CATALOGUE, "invented", None, "small").rows()
    assert row["deviation"] == pytest.approx(0.25)
    assert (row["needed"], row["seeds"], row["pairs"]) == (199, 3, 1)


def test_what_moves_together_needs_no_more_seeds_than_two() -> None:
    records = made(strong=[0.6, 0.7, 0.8], useless=[0.5, 0.6, 0.7])
    [row] = power_table(records, CATALOGUE, None, "near", "small").rows()
    assert row["deviation"] == pytest.approx(0.0, abs=1e-12)
    assert row["needed"] == 2


def test_three_of_four_pairs_are_told_apart_from_half() -> None:
    # Three pairs. The steady two vary by nothing, each against the shaky one by .25.
    records = made(strong=[0.6, 0.6, 0.6], useless=[0.5, 0.5, 0.5], even_stronger=[0.6, 0.7, 0.8])
    [row] = power_table(records, CATALOGUE, "invented", None, "small").rows()
    assert (row["pairs"], row["needed"], row["needed_most"]) == (3, 199, 199)


def test_a_method_that_failed_on_a_seed_is_left_out() -> None:
    records = made(strong=[0.6, 0.7, 0.8], useless=[0.5, 0.5, 0.5])
    records[-1] = record("useless", "near", 2, status="crashed")
    with pytest.raises(ReportError, match="no two methods with results on two seeds of any task"):
        power_table(records, CATALOGUE, "invented", None, "small")


def test_methods_that_cant_do_the_task_vary_by_nothing_and_are_left_out() -> None:
    records = [
        *made(strong=[0.6, 0.7, 0.8], useless=[0.5, 0.5, 0.5]),
        *(record("even_stronger", "near", seed, status="skipped") for seed in range(3)),
    ]
    [row] = power_table(records, CATALOGUE, "invented", None, "small").rows()
    assert (row["pairs"], row["needed"]) == (1, 199)


def test_the_text_says_what_the_figures_are_for() -> None:
    records = made(strong=[0.6, 0.7], useless=[0.5, 0.5])
    text = as_text(power_table(records, CATALOGUE, "invented", None, "small"))
    assert "a paired t-test at 5% shows a difference of 0.05" in text


def test_the_narrowest_scored_axis_is_told_with_its_standard_errors() -> None:
    # Ceiling less floor at seeds 0, 1, 2: .3, .4, .5; mean .4, standard error .1 / sqrt(3).
    records = [
        *made(strong=[0.6, 0.7, 0.8], useless=[0.5, 0.5, 0.5])[6:],
        *(
            record(name, "near", seed, {"held_in": value}, kind="reference", track="")
            for name, values in (("untouched", [0.5, 0.5, 0.5]), ("joint", [0.8, 0.9, 1.0]))
            for seed, value in enumerate(values)
        ),
    ]
    [row] = power_table(records, CATALOGUE, None, "near", "small").rows()
    assert (row["axis"], row["room"]) == ("held_in", pytest.approx(0.4))
    assert row["room_errors"] == pytest.approx(0.4 / (0.1 / 3**0.5))

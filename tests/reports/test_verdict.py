"""Where a method stands against every baseline: what is compared, and what is said of it."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from bench.records.record import Record
from reports.criteria import Contrast
from reports.errors import ReportError
from reports.statistics import Difference, Interval, paired_difference
from reports.verdict import decisions, report
from tests.reports.invented import catalogue, floor_and_ceiling, metric, record, suite, task

NEAR = task("near", (metric("held_in"),), ("held_in",))
FAR = task("far", (metric("held_in"),), ("held_in",))
SUITE = suite(tasks=(NEAR, FAR))
CATALOGUE = catalogue(SUITE)


def of(method: str, scores: dict[str, list[float]], **more: Any) -> list[Record]:
    """Records of those scores: the floor is 0.5 and the ceiling 0.9."""
    return [
        record(method, name, seed, {"held_in": 0.5 + 0.4 * score}, **more)
        for name, values in scores.items()
        for seed, score in enumerate(values)
    ]


def told(*records: list[Record], method: str = "strong", variant: str = "default") -> Any:
    references = [*floor_and_ceiling(NEAR, 3), *floor_and_ceiling(FAR, 3)]
    made = [*references, *(r for own in records for r in own)]
    return report(made, CATALOGUE, "invented", "small", method, variant)


def verdicts(differences: list[Difference]) -> list[str]:
    """What is said of baselines at those distances in the score."""
    families = [[Contrast("score", "high", "", d)] for d in differences]
    return [decision.verdict for decision in decisions(families)]


STRONG = of("strong", {"near": [0.5, 0.6, 0.7], "far": [0.2, 0.3, 0.4]})
WEAK = of("useless", {"near": [0.4, 0.4, 0.5], "far": [0.1, 0.1, 0.2]})


def test_the_difference_is_the_mean_over_tasks_of_paired_differences() -> None:
    # near: d = 0.1, 0.2, 0.2 (mean 1/6); far: d = 0.1, 0.2, 0.2 (mean 1/6); mean 1/6
    # s^2 / n = (1/300) / 3 = 1/900 for each; error sqrt(2/900) / 2 = 0.0235702
    # freedom (2/900)^2 / (2 (1/900)^2 / 2) = 4; half = 2.776445 x 0.0235702
    baseline = told(STRONG, WEAK).data["baselines"][0]
    assert baseline["difference"] == pytest.approx(1 / 6)
    assert baseline["high"] - baseline["difference"] == pytest.approx(2.776445 * 0.0235702, 1e-5)
    assert baseline["verdict"] == "better"
    assert baseline["tasks"]["near"]["difference"] == pytest.approx(1 / 6)


def test_a_mirrored_pair_is_worse() -> None:
    baseline = told(STRONG, WEAK, method="useless").data["baselines"][0]
    assert baseline["difference"] == pytest.approx(-1 / 6)
    assert baseline["verdict"] == "worse"


def test_verdicts_keep_the_family_s_error_by_holm() -> None:
    # 0.03 alone is below 0.05; beside 0.04 it would have to be below 0.05 / 2
    one = Difference(Interval(0.1, 0.01, 0.19), 0.03)
    other = Difference(Interval(-0.1, -0.2, 0.0), 0.04)
    sure = Difference(Interval(-0.1, -0.11, -0.09), 1e-6)
    assert verdicts([one]) == ["better"]
    assert verdicts([one, other]) == ["can't tell", "can't tell"]
    assert verdicts([sure, one]) == ["worse", "better"]


def test_a_true_null_is_told_apart_in_at_most_5_of_100_families() -> None:
    # 10 baselines equal to the method but for noise, 3 tasks of 5 seeds, one family a case.
    # 400 families: 20 expected at most, standard deviation 4.4
    generator = np.random.default_rng(5)
    wrong = 0
    for _ in range(400):
        ours = list(generator.standard_normal((3, 5)))
        baselines = [list(generator.standard_normal((3, 5))) for _ in range(10)]
        told_apart = verdicts([paired_difference(ours, theirs) for theirs in baselines])
        wrong += any(verdict != "can't tell" for verdict in told_apart)
    assert wrong <= 20 + 3 * 4.4


def test_tuned_is_held_against_tuned_where_there_is_one() -> None:
    scores = {"near": [0.5, 0.6, 0.7], "far": [0.2, 0.3, 0.4]}
    made = (STRONG, of("strong", scores, variant="tuned"), WEAK, of("tunable", scores),
            of("tunable", scores, variant="tuned"))  # fmt: skip
    against = {
        variant: {
            (b["method"], b["variant"]) for b in told(*made, variant=variant).data["baselines"]
        }
        for variant in ("default", "tuned")
    }
    assert against["default"] == {("useless", "default"), ("tunable", "default")}
    assert against["tuned"] == {("useless", "default"), ("tunable", "tuned")}


def test_other_tracks_are_no_baselines() -> None:
    other = of("many_models", {"near": [0.9] * 3, "far": [0.9] * 3}, track="many")
    assert [b["method"] for b in told(STRONG, WEAK, other).data["baselines"]] == ["useless"]


def test_a_failed_run_of_a_baseline_counts_as_the_worst_and_is_flagged() -> None:
    failing = of("flaky", {"near": [0.5, 0.6, 0.7], "far": [0.2, 0.3, 0.4]})
    failing[0].status, failing[0].metrics = "crashed", {}
    found = told(STRONG, failing)
    # near: 0 in place of what .5 was above the floor of seed 0, which is .01 of .4 below the mean:
    # .5 + .025 less on one of three seeds of that task, and half of it over both
    assert found.data["baselines"][0]["difference"] == pytest.approx(0.525 / 6)
    assert found.data["baselines"][0]["failed"] == 1
    assert "† A run that failed" in found.text


def test_a_task_without_a_scale_is_left_out_and_said() -> None:
    records = [*floor_and_ceiling(NEAR, 3), *STRONG, *WEAK]
    found = report(records, CATALOGUE, "invented", "small", "strong", "default")
    assert found.data["tasks"] == ["near"]
    assert "Task far has no score: its reference untouched has no finished run" in found.text


def test_without_any_scale_or_record_it_is_an_error() -> None:
    with pytest.raises(ReportError, match="has no score"):
        report([*STRONG, *WEAK], CATALOGUE, "invented", "small", "strong", "default")
    with pytest.raises(ReportError, match=r"no record of strong \(tuned\)"):
        told(STRONG, variant="tuned")


def test_the_text_has_a_line_a_baseline_on_all_tasks_and_on_each() -> None:
    text = told(STRONG, WEAK).text
    assert text.startswith("Strong against 1 baseline on 2 tasks (near, far), tier small, 3 seeds")
    assert "+0.17 (0.10–0.23)  better" in text
    assert text.count("+0.17 ± ") == 2
    assert "better than 1 of 1 baseline, worse than 0, can't tell from 0; a run cost" in text


def test_the_values_are_json() -> None:
    single = [r for r in [*STRONG, *WEAK] if r.seed == 0 and r.task == "near"]
    references = floor_and_ceiling(NEAR, 1)
    found = report([*references, *single], CATALOGUE, "invented", "small", "strong", "default")
    baseline = found.data["baselines"][0]
    assert (baseline["low"], baseline["high"], baseline["verdict"]) == (None, None, "can't tell")
    json.dumps(found.data, allow_nan=False)


def test_a_gap_that_is_the_same_on_every_seed_is_shown_without_an_interval() -> None:
    shifted = of("useless", {"near": [0.375, 0.475, 0.575], "far": [0.075, 0.175, 0.275]})
    text = told(STRONG, shifted).text
    assert "+0.125      better" in text
    assert text.count("+0.125 better") == 2

"""Where a method stands against every baseline: what is compared, and what is said of it."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np
import pytest

from bench.records.record import Record
from reports.comparison import decisions
from reports.criteria import Contrast
from reports.errors import ReportError
from reports.statistics import Difference, StratifiedMean, paired_difference, two_sided_p
from reports.verdict import report
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
    families = [[Contrast("score", "score", "high", "", d)] for d in differences]
    return [decision.verdict for decision in decisions(families)]


STRONG = of("strong", {"near": [0.5, 0.6, 0.7], "far": [0.2, 0.3, 0.4]})
WEAK = of("useless", {"near": [0.4, 0.4, 0.5], "far": [0.1, 0.1, 0.2]})


def test_the_difference_is_the_mean_over_tasks_of_paired_differences() -> None:
    # near: d = 0.1, 0.2, 0.2 (mean 1/6); far: d = 0.1, 0.2, 0.2 (mean 1/6); mean 1/6
    # s^2 / n = (1/300) / 3 = 1/900 for each; error sqrt(2/900) / 2 = 0.0235702
    # freedom (2/900)^2 / (2 (1/900)^2 / 2) = 4; t = 7.07, p = .0021 < .05 / 3, as near and far
    # alone are printed too; those have p = .038 > .05 / 2, so Holm stops there and intervals are of
    # 1 - .025: half = t(.9875, 4) x .0235702 = 3.495406 x .0235702
    baseline = told(STRONG, WEAK).data["baselines"][0]
    assert baseline["difference"] == pytest.approx(1 / 6)
    assert baseline["high"] - baseline["difference"] == pytest.approx(3.495406 * 0.0235702, 1e-5)
    assert baseline["verdict"] == "better"
    assert baseline["tasks"]["near"]["difference"] == pytest.approx(1 / 6)


def test_a_mirrored_pair_is_worse() -> None:
    baseline = told(STRONG, WEAK, method="useless").data["baselines"][0]
    assert baseline["difference"] == pytest.approx(-1 / 6)
    assert baseline["verdict"] == "worse"


def difference(mean: float, p: float) -> Difference:
    """One of that p-value, over 5 pairs."""
    low, high = 0.0, 1000.0
    for _ in range(200):  # the t of that p by bisection
        middle = (low + high) / 2
        low, high = (middle, high) if two_sided_p(middle, 4) > p else (low, middle)
    estimate = StratifiedMean(mean, abs(mean) / low, 4)
    return Difference(estimate.interval, p, estimate)


def test_verdicts_keep_the_family_s_error_by_holm() -> None:
    # 0.03 alone is below 0.05; beside 0.04 it would have to be below 0.05 / 2
    one, other, sure = difference(0.1, 0.03), difference(-0.1, 0.04), difference(-0.1, 1e-6)
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
    assert "+0.17 (0.08–0.25)  better" in text
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
    any_values = {"near": [0.51234, 0.61871, 0.70333], "far": [0.21739, 0.30127, 0.41093]}
    less = {name: [value - 0.125 for value in values] for name, values in any_values.items()}
    text = told(of("strong", any_values), of("useless", less)).text
    assert "+0.125      better" in text
    assert text.count("+0.125 better") == 2


def test_on_fewer_than_three_seeds_there_is_no_verdict() -> None:
    two = [r for r in [*STRONG, *WEAK] if r.seed < 2]
    found = told(two)
    assert found.data["baselines"][0]["verdict"] == "can't tell"
    assert "On fewer than 3 seeds there is none." in found.text


def test_all_that_is_printed_is_one_family() -> None:
    # near alone p = .038 would be told at 5% by itself, and beside far and both together is not
    baseline = told(STRONG, WEAK).data["baselines"][0]
    assert baseline["verdict"] == "better"
    assert baseline["tasks"]["near"]["p"] < 0.05
    assert baseline["tasks"]["near"]["verdict"] == "can't tell"


def test_a_baseline_that_cant_do_a_task_isnt_beaten_there() -> None:
    unable = of("useless", {"near": [0.4, 0.4, 0.5], "far": [0.1, 0.1, 0.2]})
    for one in unable:
        if one.task == "far":
            one.status, one.metrics = "skipped", {}
    found = told(STRONG, unable)
    baseline = found.data["baselines"][0]
    assert baseline["verdict"] == "can't do all of these tasks"
    assert set(baseline["tasks"]) == {"near"}
    assert "better than 0 of 1 baseline, worse than 0, can't tell from 0, 1 not compared" in (
        found.text
    )


def test_a_method_that_cant_do_any_task_is_told_so() -> None:
    for one in (unable := of("useless", {"near": [0.4] * 3, "far": [0.1] * 3})):
        one.status, one.metrics = "skipped", {}
    with pytest.raises(ReportError, match="can't do any of the tasks near, far"):
        told(STRONG, unable, method="useless")


def test_what_cant_be_told_comes_with_the_seeds_that_would_tell_it() -> None:
    close = of("useless", {"near": [0.42, 0.63, 0.61], "far": [0.25, 0.22, 0.43]})
    text = told(STRONG, close).text
    more = re.search(r"looks like, (\d+) more seeds of each task would tell Strong from", text)
    assert more
    assert 3 < int(more[1]) < 500
    assert "more seeds" not in told(STRONG, WEAK).text


def test_equal_methods_whose_scores_come_in_steps_are_seldom_told_apart() -> None:
    # accuracies of 40 images, 3 seeds, three equal baselines: 5 of 100 families, deviation 2.2
    generator = np.random.default_rng(11)
    wrong = 0
    for _ in range(100):
        made = [
            of(name, {"near": list((generator.binomial(40, 0.8, 3) / 40 - 0.5) / 0.4)})
            for name in ("strong", "useless", "flaky", "tunable")
        ]
        references = floor_and_ceiling(NEAR, 3)
        records = [*references, *(r for own in made for r in own)]
        found = report(records, CATALOGUE, "invented", "small", "strong", "default")
        wrong += any(b["verdict"] != "can't tell" for b in found.data["baselines"])
    assert wrong <= 5 + 2 * 2.2

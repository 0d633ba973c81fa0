"""The pilot reads validation alone, and gives each evaluator the same pools and choices."""

from __future__ import annotations

from typing import Any

import pytest

from suites.selection import pilot
from suites.selection.tiny import SIZES, arguments

ONE = {"mlp": pilot.NETWORKS["mlp"]}


def tiny(**changes: Any) -> dict[str, Any]:
    """Settings of a task that chooses of 300 digits."""
    return {**arguments(), "sizes": list(SIZES), "passes": 640, **changes}


def test_accuracies_are_of_each_size_and_the_whole_pool_which_teaches_more():
    accuracies, seconds = pilot.validated(tiny(passes=6000, sizes=[10]), 0)
    assert len(accuracies) == 2
    assert accuracies[0] < accuracies[1]
    assert seconds > 0


def test_the_test_images_are_never_looked_at():
    # 300 + 100 of 1,797 digits are drawn before the test's: how many follow changes nothing
    assert pilot.validated(tiny(test=0), 0)[0] == pilot.validated(tiny(test=200), 0)[0]


def test_a_line_is_the_mean_over_seeds_and_its_area():
    settings = tiny()
    (first, _), (second, _) = (pilot.validated(settings, seed) for seed in (0, 1))
    *means, area = pilot.line(settings, (0, 1))[0]
    assert means == pytest.approx([(a + b) / 2 for a, b in zip(first, second, strict=True)])
    # 10, 30, 90: both steps are ln 3 wide, so the area is (a/2 + b + c/2) / 2
    assert area == pytest.approx((means[0] / 2 + means[1] + means[2] / 2) / 2)


def test_labels_that_are_set_right_teach_more_where_they_are_learnt_by_heart():
    given, right = pilot.room(tiny(corruption="noise"), 0, count=100, epochs=60)
    assert given < right


def test_where_no_label_is_wrong_nothing_is_gained_by_setting_right():
    given, right = pilot.room(tiny(), 0, count=50, epochs=10)
    assert given == right


def test_every_network_is_tried_at_every_batch_and_rate_on_images_of_the_task_s_size():
    made = list(pilot.variants(tiny()))
    assert len({words for words, _ in made}) == 27
    assert {settings["network"]["side"] for _, settings in made} == {8}


@pytest.mark.parametrize("change", [{"batches": (16, 64)}, {"rates": (2e-3, 1.8e-2)}])
def test_a_batch_and_a_rate_change_the_accuracy(change):
    asked = {"networks": ONE, "batches": (32,), "rates": (6e-3,), **change}
    one, other = (settings for _, settings in pilot.variants(tiny(), **asked))
    assert pilot.validated(one, 0)[0] != pilot.validated(other, 0)[0]


def test_settings_are_those_of_the_task_with_such_a_pool():
    settings = pilot.settings_of("mnist5k", "noise")
    assert (settings["first_seed"], settings["passes"]) == (2000, 10_000)
    assert pilot.settings_of("mnist5k", "noise", "debug")["first_seed"] == 7000
    with pytest.raises(ValueError, match="no task has a pool of mnist5k that is pairs; there are"):
        pilot.settings_of("mnist5k", "pairs")

"""What a row's runs cost."""

from __future__ import annotations

from dataclasses import replace
from math import isnan

from reports.costs import spent
from tests.reports.invented import record


def test_what_a_suite_asked_beside_is_in_a_runs_flops_and_in_nothing_else() -> None:
    cost = {"flops": 5.0, "seconds": 2.0, "uncharged": {"ranking at 2": 3.0, "ranking at 6": 4.0}}
    made = replace(record("strong", "near", 0, {"held_in": 1.0}), cost=cost)
    assert spent(made, "flops") == 12.0
    assert spent(made, "seconds") == 2.0


def test_what_a_record_does_not_say_is_unknown() -> None:
    assert isnan(spent(replace(record("strong", "near", 0, {"held_in": 1.0}), cost={}), "flops"))

"""Methods that quarrel with their meter: each becomes a row that says so."""

from __future__ import annotations

import pytest

QUARRELSOME = {
    # method: (status, part of the reason)
    "haggler": ("invalid", "a refund would spend -10000.0 flops: give a finite number"),
    "muddler": ("invalid", "who knows what would spend nan flops: give a finite number"),
    "swallower": ("invalid", "a refund would spend -10000.0 flops: give a finite number"),
    "stubborn": ("over_budget", "over the budget of 2e+04"),
    "wrapper": ("over_budget", "much would bring the flops from 0 to 1e+06, over the budget of"),
    "stranger": ("invalid", "prims.mul.default has no counted cost: write it in operators that"),
    "inferrer": ("over_budget", "aten.linear.default would bring the flops from 0 to 2e+06"),
    "disguiser": ("over_budget", "aten.mm.default would bring the flops from 0 to 2e+06"),
    "pauser": ("crashed", "'MethodMeter' object has no attribute 'paused'"),
    "lavish": ("crashed", "'MethodMeter' object has no attribute 'budget'"),
}


@pytest.fixture(scope="module")
def rows(tmp_path_factory, make_checkout):
    """Their rows, of one bench."""
    checkout = make_checkout(tmp_path_factory.mktemp("quarrel") / "checkout")
    return {row["method"]: row for row in checkout.run(*QUARRELSOME, options=("--seeds", "1"))}


@pytest.mark.parametrize(("method", "expected"), QUARRELSOME.items())
def test_a_method_that_quarrels_with_its_meter_gains_nothing(rows, method, expected):
    status, reason = expected
    assert rows[method]["status"] == status, (rows[method]["reason"], rows[method]["log"])
    assert reason in rows[method]["reason"]
    assert 0 <= rows[method]["cost"]["flops"] <= 2e4


def test_a_run_that_lost_its_meter_s_favour_has_no_metrics(rows):
    assert all(row["metrics"] == {} for row in rows.values())

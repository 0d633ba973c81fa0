"""What the meter charges for operators and modules, against counts worked out by hand."""

from __future__ import annotations

import pytest

from tests.bench.operators.case import by_hand, charged_backward, charged_forward
from tests.bench.operators.table import CASES, EVERY_CASE, PAGE, page

NAMES = [f"{case.name} on {case.shapes}".replace("`", "") for case in EVERY_CASE]
BACKWARD = [case for case in EVERY_CASE if case.backward]

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")  # some are deprecated, some new


@pytest.mark.parametrize("case", EVERY_CASE, ids=NAMES)
def test_the_charge_is_the_count_by_hand(case):
    assert charged_forward(case) == pytest.approx(by_hand(case.forward), rel=1e-9)


@pytest.mark.parametrize("case", BACKWARD, ids=lambda case: case.name.replace("`", ""))
def test_the_charge_of_the_backward_pass_is_the_count_by_hand(case):
    assert charged_backward(case) == pytest.approx(by_hand(case.backward), rel=1e-9)


def test_the_table_has_at_least_60_operators():
    assert len({case.name for case in CASES}) >= 60


def test_the_page_holds_the_table_and_the_lists():
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m tests.bench.operators.table"

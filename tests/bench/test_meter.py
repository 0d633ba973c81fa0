"""The meter's counts, against counts worked out by hand, and its promise to stop in time."""

from __future__ import annotations

from contextlib import suppress
from math import inf, nan

import pytest
import torch
from torch.func import functional_call, grad, vmap

from bench.metering.budget import FLOPS, Budget, Counter
from bench.metering.meter import BudgetExceeded, Meter, WrongAmount

LABELS = Counter(name="labels", title="Labels", meaning="Labels that were asked for.")


def count(work, flops=1e12):
    """FLOPs of a function's torch operators."""
    meter = Meter(Budget(limits={"flops": flops}))
    with meter:
        work()
    return meter.flops


def normal(*shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0))


A, B = normal(4, 5), normal(5, 6)
PRODUCT = 2 * 4 * 5 * 6


def test_singular_values_alone_take_the_cheaper_of_the_two_algorithms():
    # Golub-Reinsch 4 m n^2 - 4/3 n^3 = 633.3; R-bidiagonalisation 2 m n^2 + 2 n^3 = 650
    matrix = normal(8, 5)
    alone = count(lambda: torch._linalg_svd(matrix, False, False))
    assert alone == pytest.approx(633.3333)


def test_the_backward_pass_costs_two_products_for_the_forward_s_one():
    weight = normal(5, 6).requires_grad_()
    x = normal(4, 5).requires_grad_()

    def work():
        (x @ weight).sum().backward()

    assert count(work) == 3 * PRODUCT + 4 * 6  # and the sum's forward


def test_vmap_counts_every_network():
    weights, x = normal(7, 5, 6), normal(4, 5)
    assert count(lambda: vmap(lambda w: x @ w)(weights)) == 7 * 2 * 4 * 5 * 6


def test_functional_calls_and_gradients_of_functions_count():
    model = torch.nn.Linear(5, 6, bias=False)
    x = normal(4, 5)

    def loss(state):
        return functional_call(model, state, (x,)).sum()

    state = {name: p.detach() for name, p in model.named_parameters()}
    # forward product, its sum, and the weight's gradient: x needs none
    assert count(lambda: grad(loss)(state)) == 2 * (2 * 4 * 5 * 6) + 4 * 6


def test_a_run_stops_before_the_operator_that_would_cross_its_budget():
    meter = Meter(Budget(limits={"flops": 1000}))
    done = []
    said = r"aten\.mm.*from 960 to 1200, over the budget of 10"
    with pytest.raises(BudgetExceeded, match=said), meter:
        for step in range(100):
            A @ B
            done.append(step)
    assert len(done) == 4
    assert meter.flops == 960


def test_a_budget_can_be_spent_to_its_last_operation():
    meter = Meter(Budget(limits={"flops": 480}))
    with meter:
        for _ in range(2):
            A @ B
    assert meter.flops == 480


def test_phases_split_what_was_spent():
    meter = Meter(Budget(limits={"flops": 1e6}), phase="merge")
    with meter:
        torch.ones(10) + 1
        with meter.phase("statistics"):
            torch.ones(20) + 1
        torch.ones(30) + 1
    assert meter.flops_by == {"merge": 40, "statistics": 20}
    assert meter.flops == 60


def test_nothing_counts_while_paused():
    meter = Meter(Budget(limits={"flops": 10}))
    with meter, meter.paused():
        normal(1000) + 1
    assert meter.flops == 0


def test_a_measured_step_can_be_charged_for_the_others():
    meter = Meter(Budget(limits={"flops": 1000}))
    with meter:
        with meter.measure() as step:
            torch.ones(10) + 1
        with meter.paused():
            for _ in range(5):
                meter.charge(step.flops)
                torch.ones(10) + 1
    assert meter.flops == 60
    with pytest.raises(BudgetExceeded, match="an assignment would bring"):
        meter.charge(1e9, "an assignment")
    assert meter.flops == 60


def test_a_counter_of_the_suite_stops_at_its_limit():
    meter = Meter(Budget(limits={"labels": 10}), (FLOPS, LABELS))
    meter.spend("labels", 10, "asking for labels")
    with pytest.raises(BudgetExceeded, match=r"asking for more .* from 10 to 11, over .* of 10"):
        meter.spend("labels", 1, "asking for more")
    assert meter.spent == {"flops": 0, "labels": 10}


def test_a_counter_without_a_limit_is_counted_and_unbounded():
    meter = Meter(Budget(), (FLOPS, LABELS))
    meter.spend("labels", 10**15, "asking for labels")
    assert (meter.spent["labels"], meter.left("labels"), meter.left()) == (10**15, inf, inf)


def test_what_is_left_is_the_limit_less_what_was_spent():
    meter = Meter(Budget(limits={"labels": 10}), (FLOPS, LABELS))
    meter.spend("labels", 3, "asking for labels")
    assert meter.left("labels") == 7


@pytest.mark.parametrize(
    "work",
    [
        lambda: Meter(Budget()).spend("labels", 1, "a label"),
        lambda: Meter(Budget()).left("labels"),
        lambda: Meter(Budget(limits={"labels": 1})),
    ],
)
def test_a_counter_that_the_suite_doesnt_declare_is_named(work):
    with pytest.raises(ValueError, match=r"declares no counter 'labels'; it has flops\. Add it to"):
        work()


@pytest.mark.parametrize("amount", [-1, -0.5, nan, inf, "3", None, 10**400, 1e308 * 10, 1j])
@pytest.mark.parametrize("name", ["flops", "labels"])
def test_an_amount_that_is_no_finite_number_or_negative_is_wrong_and_remembered(name, amount):
    meter = Meter(Budget(), (FLOPS, LABELS))
    with pytest.raises(WrongAmount, match=f"a favour would spend .* {name}: give a finite number"):
        meter.spend(name, amount, "a favour")
    assert meter.spent == {"flops": 0, "labels": 0}
    assert meter.wrong.startswith("a favour would spend")


def test_finite_amounts_whose_sum_is_infinite_are_wrong():
    meter = Meter(Budget())
    meter.charge(1e308)
    with pytest.raises(WrongAmount):
        meter.charge(1e308)


def test_a_refusal_is_remembered_though_it_be_caught():
    meter = Meter(Budget(limits={"flops": 100}))
    with meter, suppress(BudgetExceeded):
        A @ B
    assert meter.refused.startswith("aten.mm.default would bring the flops from 0 to 240")


def test_a_method_s_handle_spends_asks_and_undoes_nothing():
    meter = Meter(Budget(limits={"flops": 100, "labels": 5}), (FLOPS, LABELS))
    handle = meter.handle()
    with handle.phase("assignment"):
        handle.charge(30, "an assignment")
    assert meter.flops_by == {"assignment": 30}
    assert (handle.left(), handle.left("labels")) == (70, 5)
    assert {name for name in dir(handle) if not name.startswith("_")} == {
        "charge", "left", "phase", "stated"
    }  # fmt: skip
    with pytest.raises(AttributeError):
        handle.budget = Budget()
    with pytest.raises(BudgetExceeded):
        handle.charge(71, "a second one")


@pytest.mark.parametrize("name", ["", "x" * 41, "a\nb", "\udcff", 3])
def test_a_phase_s_name_is_short_and_printable(name):
    with pytest.raises(ValueError, match="printable, of 1 to 40"), Meter(Budget()).phase(name):
        pass


def test_a_run_names_at_most_32_phases():
    meter = Meter(Budget())
    for number in range(32):
        with meter.phase(f"phase {number}"):
            meter.charge(1)
    with pytest.raises(ValueError, match="at most 32 phases"), meter.phase("one more"):
        pass
    with meter.phase("phase 3"):
        meter.charge(1)


@pytest.mark.parametrize("limit", [nan, inf, -1])
def test_a_limit_is_finite_and_not_negative(limit):
    with pytest.raises(ValueError, match=r"the budget's labels is .*: give a finite number"):
        Budget(limits={"labels": limit})


@pytest.mark.parametrize("name", ["", "two words", "seconds", "memory", "flops_by"])
def test_a_counter_s_name_clashes_with_nothing_in_a_record(name):
    with pytest.raises(ValueError, match="can't be called"):
        Counter(name=name, title="A", meaning="One.")


def test_the_meter_changes_no_digit():
    def work():
        x = normal(8, 8).requires_grad_()
        torch.linalg.svd(x @ x.T)[1].sum().backward()
        return x.grad

    plain = work()
    with Meter(Budget(limits={"flops": 1e9})):
        metered = work()
    assert torch.equal(plain, metered)


def test_a_part_of_a_run_may_spend_no_more_than_its_own_limit():
    meter = Meter(Budget({"flops": 100}))
    with meter.within("flops", 30):
        meter.charge(30)
        with pytest.raises(BudgetExceeded, match="to 31, over the budget of 30"):
            meter.charge(1)
    assert meter.left() == 70
    with meter.within("flops", 1000):  # more than is left of the whole
        assert meter.left() == 70
    assert meter.refused


def test_operators_of_a_part_are_held_against_its_limit():
    meter = Meter(Budget({"flops": 1e6}))
    matrix = torch.ones(10, 10)
    with meter, meter.within("flops", 3000), pytest.raises(BudgetExceeded, match="budget of 3000"):
        matrix @ matrix  # 2 x 10 x 10 x 10
        matrix @ matrix
    assert meter.flops == 2000


def test_what_the_suite_wants_of_a_methods_work_is_told_and_not_charged():
    meter = Meter(Budget({"flops": 2500}))
    matrix = torch.ones(10, 10)
    with meter:
        matrix @ matrix
        with meter.apart("answering", {"flops": 1e4}):
            for _ in range(4):
                matrix @ matrix
        matrix[:1] @ matrix  # 200 more
    assert meter.flops == 2200
    assert meter.flops_by == {"method": 2200}
    assert meter.uncharged == {"answering": {"flops": 8000}}
    assert not meter.refused


def test_what_is_not_charged_has_limits_over_all_its_blocks():
    meter = Meter(Budget({"flops": 1e9}))
    with meter.apart("answering", {"flops": 50}):
        meter.charge(30)
    with meter.apart("answering", {"flops": 50}), pytest.raises(BudgetExceeded):
        meter.charge(30)
    assert meter.refused
    assert meter.flops == 0

"""suites.merging.scaling.prefixes and the way of a run with several problems."""

import re
from itertools import pairwise

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.func import functional_call

from bench.contract.job import ContractError, Diverged, Job, Output
from bench.metering.budget import Budget
from bench.metering.meter import BudgetExceeded, Meter
from suites.merging import references
from suites.merging.compose.grid import load_grid
from suites.merging.counters import COUNTERS
from suites.merging.definition import SUITE
from suites.merging.harness import score_run, solve
from suites.merging.outputs import join, split
from suites.merging.problems import load_parts
from suites.merging.scaling import settings as scaling
from suites.merging.scaling.prefixes import curve_metrics, draw_order, part_of
from suites.merging.tiny import tiny_problem
from tests.suites.merging.tiny_grid import by_hand, carry, make_run, tiny_assets

PREFIXES = {"prefixes": {"counts": [1, 2, 3], "orders": 2}}
SCALING = SUITE.task("scaling")


@pytest.fixture(scope="module")
def tiny():
    return tiny_assets()


@pytest.fixture(scope="module")
def grid(tiny):
    """Group 0: expert 0 in cell 0; cell 1 is held out. Group 1: expert 1 in cell 2, 2 in 3."""
    return load_grid(tiny)


def places(part):
    return [(cell.group, cell.style, cell.held_in, cell.experts) for cell in part.cells]


def test_a_part_has_its_experts_cells_and_the_held_out_ones_by_hand(grid):
    # Experts 2 and 0, in that order, are numbers 0 and 1 of the part. Expert 1's own cell (cell 2,
    # group 1 in inverse) is left out; the held-out cell is of group 0, which expert 0 knows.
    assert places(part_of(grid, [2, 0])) == [
        (0, "inverse", True, (1,)),
        (0, "grating", False, (1,)),
        (1, "grating", True, (0,)),
    ]


def test_a_held_out_cell_whose_classes_no_expert_knows_is_answered_by_all(grid):
    assert places(part_of(grid, [2, 1])) == [
        (0, "grating", False, (0, 1)),
        (1, "inverse", True, (1,)),
        (1, "grating", True, (0,)),
    ]


def test_what_is_listed_by_cell_and_by_expert_follows(grid):
    part = part_of(grid, [2, 1])
    assert [experts is grid.experts[i] for experts, i in zip(part.experts, [2, 1], strict=True)]
    for mine, own in zip(part.validation, [2, 1], strict=True):
        assert mine is grid.validation[own]
    for mine, cell in zip(part.test_inputs, [1, 2, 3], strict=True):
        assert torch.equal(mine, grid.test_inputs[cell])
    for mine, cell in zip(part.test_labels, [1, 2, 3], strict=True):
        assert torch.equal(mine, grid.test_labels[cell])
    assert part.expert_accuracies == [0.5] * 3


def test_where_answers_are_withheld_a_part_has_none(tiny):
    given = {name: asset for name, asset in tiny.items() if not name.startswith("answers")}
    part = part_of(load_grid(given), [0])
    assert (part.test_labels, part.expert_accuracies) == ([], [])


def test_all_experts_in_their_order_are_the_grid_itself(grid):
    assert places(part_of(grid, [0, 1, 2])) == places(grid)


def test_without_the_setting_a_run_has_one_problem_the_grid_itself(tiny, grid):
    (part,) = load_parts(tiny, {"images": {}}, 0)
    assert places(part.grid) == places(grid)
    assert (part.name, part.where) == ("", {})
    assert part.assets is tiny


def test_every_order_has_each_count_but_all_experts_are_one_problem(tiny):
    found = load_parts(tiny, PREFIXES, 0)
    expected = [(0, 1), (0, 2), (0, 3), (1, 1), (1, 2)]
    assert [(part.where["order"], len(part.grid.experts)) for part in found] == expected
    assert [(part.where["order"], part.where["experts"]) for part in found] == expected
    assert len({part.name for part in found}) == 5


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_the_experts_of_an_order_are_nested(tiny, seed):
    found = load_parts(tiny, PREFIXES, seed)
    for number in range(2):
        own = [part.grid.experts for part in found if part.where["order"] == number]
        for fewer, more in pairwise(own):
            assert all(a is b for a, b in zip(fewer, more, strict=False))


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6), number=st.integers(0, 5))
def test_an_order_is_a_permutation_that_seed_and_number_alone_decide(seed, number):
    order = draw_order(16, seed, number)
    assert sorted(order) == list(range(16))
    assert order == draw_order(16, seed, number)


@pytest.mark.parametrize(("tier", "experts"), [("smoke", 4), ("small", 16)])
def test_the_orders_of_a_seed_of_the_task_differ(tier, experts):
    for seed in range(SCALING.seeds[tier]):
        assert draw_order(experts, seed, 0) != draw_order(experts, seed, 1)


def test_another_seed_draws_other_orders():
    seeds = range(SCALING.seeds["small"])
    assert len({tuple(draw_order(16, seed, 0)) for seed in seeds}) == len(seeds)


def test_the_curves_by_hand():
    # K          2           4           8
    # order 0   .96, .50    .90, .54    .85, .60
    # order 1   .94, .50    .90, .56    (the same)
    # held in   .95         .90         .85          mean .90
    # held out  .50         .55         .60          mean .55
    # log2 K is 1, 2, 3, in the mean 2; its squared distances add up to 1 + 1 = 2
    # slope in  (-1 x .95 + 1 x .85) / 2 = -.05
    # slope out (-1 x .50 + 1 x .60) / 2 = +.05
    figures = [
        (2, 0.96, 0.50), (4, 0.90, 0.54), (8, 0.85, 0.60),
        (2, 0.94, 0.50), (4, 0.90, 0.56),
    ]  # fmt: skip
    found = curve_metrics([(k, {"held_in": a, "held_out": b}) for k, a, b in figures])
    assert found == pytest.approx(
        {
            "held_in": 0.90,
            "held_in_slope": -0.05,
            "held_in_2": 0.95,
            "held_in_4": 0.90,
            "held_in_8": 0.85,
            "held_out": 0.55,
            "held_out_slope": 0.05,
            "held_out_2": 0.50,
            "held_out_4": 0.55,
            "held_out_8": 0.60,
        }
    )
    assert set(found) == {metric.name for metric in SCALING.metrics}


def test_the_budget_is_that_of_so_many_problems_and_experts():
    near = SUITE.task("compose-near")
    for tier, experts, of_near in (("smoke", 4, 4), ("small", 8, 16)):
        counts, orders = (scaling.PREFIXES[tier][name] for name in ("counts", "orders"))
        problems = [k for k in counts for _ in range(orders if k < experts else 1)]
        mine, theirs = SCALING.budgets[tier], near.budgets[tier]
        assert mine.limit("trials") == theirs.limit("trials") * len(problems)
        assert mine.limit("examples") == 256 * sum(problems)
        share = sum(problems) / of_near
        assert 1 <= mine.limit("flops") / (theirs.limit("flops") * share) < 1.2
        assert mine.seconds >= theirs.seconds * sum(problems) / experts


# ---- a run with several problems ----


def first(problem):
    return {name: 1.0 * tensor for name, tensor in problem.experts[0].items()}


def prefixed(**changed):
    return make_run(settings=PREFIXES, **changed)


def test_the_method_is_called_on_every_problem_and_each_is_measured(tiny, grid):
    scores = carry(first, tiny, prefixed())
    for row, part in zip(scores.details["problems"], load_parts(tiny, PREFIXES, 0), strict=True):
        assert {name: row[name] for name in part.where} == part.where
        own = draw_order(3, 0, part.where["order"])[0]
        cells = [grid.cells.index(c) for c in grid.cells if not c.held_in]
        expected = [by_hand(tiny, cell, grid.experts[own]) for cell in cells]
        assert row["held_out"] == pytest.approx(sum(expected) / len(expected))
    assert scores.metrics["held_in_3"] == scores.details["problems"][2]["held_in"]


def test_what_is_deployed_at_the_largest_k_is_what_counts(tiny):
    one = sum(tensor.numel() for tensor in load_grid(tiny).experts[0].values())
    head = 4 * 8 + 4
    assert carry(first, tiny, prefixed()).cost == {"parameters": one + head}
    everything = carry(lambda problem: problem.experts, tiny, prefixed(track="multi"))
    assert everything.cost == {"parameters": 3 * one + head}


def test_one_state_an_expert_answers_for_an_unknown_group_by_the_mean_of_all(tiny, grid):
    # Seed 1's orders begin with an expert of group 1, so that at K = 1 nobody knows the held-out
    # cell 1 of group 0; at K = 2 it is the mean of both where expert 0 comes last.
    scores = carry(lambda problem: problem.experts, tiny, prefixed(track="multi", seed=1))
    orders = [draw_order(3, 1, number) for number in range(2)]
    assert any(order[-1] == 0 for order in orders)
    for row in scores.details["problems"]:
        chosen = orders[row["order"]][: row["experts"]]
        answering = [0] if 0 in chosen else chosen
        expected = [by_hand(tiny, 1, grid.experts[expert]) for expert in answering]
        assert row["held_out"] == pytest.approx(sum(expected) / len(expected))


def test_a_router_is_asked_likewise(tiny):
    def route(problem):
        experts, model = problem.experts, problem.model
        return lambda inputs, task: functional_call(model, experts[task], (inputs,))

    run = prefixed(track="multi", seed=1)
    routed = carry(route, tiny, run)
    assert routed.metrics == carry(lambda problem: problem.experts, tiny, run).metrics


def test_the_experts_row_is_each_of_the_k_on_its_own_cell(tiny, grid):
    scores = carry(references.experts, tiny, prefixed(track="", kind="reference"))
    for row in scores.details["problems"]:
        chosen = draw_order(3, 0, row["order"])[: row["experts"]]
        own = [by_hand(tiny, [0, 2, 3][expert], grid.experts[expert]) for expert in chosen]
        assert row["held_in"] == pytest.approx(sum(own) / len(own))


def test_the_ensemble_is_of_the_k_experts(tiny, grid):
    scores = carry(references.ensemble, tiny, prefixed(track="", kind="reference"))
    for row in scores.details["problems"]:
        chosen = draw_order(3, 0, row["order"])[: row["experts"]]
        mean = sum(
            functional_call(grid.model, grid.experts[expert], (grid.test_inputs[1],)).softmax(1)
            for expert in chosen
        )
        right = mean[:, :2].argmax(1) == grid.test_labels[1]  # the held-out cell, of group 0
        assert row["held_out"] == pytest.approx(right.double().mean().item())


def test_the_trials_are_shared_out_evenly(tiny):
    seen = []

    def looks(problem):
        seen.append(problem.trials_left)
        problem.validate(problem.experts[0])
        seen.append(problem.trials_left)
        return first(problem)

    run = prefixed(needs=("validation",), budget=Budget(limits={"flops": 1e10, "trials": 23}))
    carry(looks, tiny, run)
    assert seen == [4, 3] * 5  # 23 // 5 problems


def test_a_problem_may_not_spend_the_share_of_another(tiny):
    def greedy(problem):
        while True:
            problem.validate(problem.experts[0])

    run = prefixed(needs=("validation",), budget=Budget(limits={"flops": 1e10, "trials": 20}))
    expected = "order 0, 1 experts: validation number 5 is over this problem's share of the budget"
    with pytest.raises(BudgetExceeded, match=re.escape(f"{expected}, 4 of 20")):
        carry(greedy, tiny, run)


def test_a_share_never_gives_more_than_the_meter_has_left():
    meter = Meter(Budget(limits={"flops": 1e12, "trials": 3}), COUNTERS)
    problem = tiny_problem(meter=meter)
    meter.spend("trials", 1, "a validation")
    assert problem.trials_left == 2


def test_each_problem_is_tuned_apart_on_its_share(tiny):
    def scaled(problem, *, scale):
        return {name: scale * tensor for name, tensor in problem.experts[0].items()}

    run = prefixed(
        variant="tuned",
        params={"scale": 1.0},
        space={"scale": [0.1 * i for i in range(1, 8)]},
        budget=Budget(limits={"flops": 1e10, "trials": 20}),
    )
    details = carry(scaled, tiny, run).details
    for row in details["problems"]:
        assert row["points"] == {"grid": 7, "tried": 4}
        own = [
            trial
            for trial in details["validation"]
            if (trial["order"], trial["experts"]) == (row["order"], row["experts"])
        ]
        best = max(trial["accuracy"] for trial in own)
        assert row["chosen"] in [t["params"] for t in own if t["accuracy"] == pytest.approx(best)]


def test_every_problem_draws_from_a_generator_of_its_own_made_from_what_is_asked(tiny):
    drawn = []

    def draws(problem):
        drawn.append(float(torch.rand((), generator=problem.generator)))
        return first(problem)

    carry(draws, tiny, prefixed())
    assert len(set(drawn)) == 5
    again = list(drawn)
    drawn.clear()
    carry(draws, tiny, prefixed())
    assert drawn == again
    drawn.clear()
    carry(draws, tiny, prefixed(identity="another"))
    assert drawn == again, "the record's key, and so the source, has no say"
    drawn.clear()
    carry(draws, tiny, prefixed(seed=1))
    assert not set(drawn) & set(again)


def test_a_run_with_one_problem_draws_as_it_did_without_prefixes(tiny):
    drawn = []

    def draws(problem):
        drawn.append(torch.rand(3, generator=problem.generator))
        return first(problem)

    run = make_run()
    carry(draws, tiny, run)
    assert torch.equal(drawn[0], torch.rand(3, generator=run.generator("method")))


def test_one_meter_counts_the_whole_run(tiny, grid):
    run = prefixed()
    meter = Meter(run.budget, COUNTERS)
    solve(Job([run], [tiny], [meter], first))
    weights = sum(tensor.numel() for tensor in grid.experts[0].values())
    assert meter.flops_by == {"merge": 5 * weights}


def test_no_router_sees_a_test_input_before_every_problem_is_solved(tiny):
    happened = []

    def route(problem):
        happened.append("solved")

        def answer(inputs, task):
            happened.append("asked")
            return functional_call(problem.model, problem.experts[task], (inputs,))

        return answer

    carry(route, tiny, prefixed(track="multi"))
    assert happened[:5] == ["solved"] * 5
    assert set(happened[5:]) == {"asked"}


def test_an_error_says_in_which_problem(tiny):
    def spoil(problem):
        bad = len(problem.experts) == 2
        return {name: tensor / (0 if bad else 1) for name, tensor in problem.experts[0].items()}

    with pytest.raises(Diverged, match=r"^order 0, 2 experts: "):
        carry(spoil, tiny, prefixed())


def test_the_output_of_one_problem_stays_as_it_is():
    one = Output({"a": torch.ones(1)}, {"form": "state"})
    assert join([one]) is one
    assert split(one, 1) == [one]


def test_outputs_come_apart_as_they_were():
    outputs = [Output({"0/a:b": torch.full((1,), i)}, {"form": f"{i}"}) for i in range(3)]
    again = split(join(outputs), 3)
    assert [output.data for output in again] == [output.data for output in outputs]
    for mine, before in zip(again, outputs, strict=True):
        assert torch.equal(mine.tensors["0/a:b"], before.tensors["0/a:b"])


@pytest.mark.parametrize(
    ("output", "message"),
    [
        (Output({}, {"form": "state"}), "results of none problems; expected 2"),
        (Output({}, {"problems": [{}]}), "results of 1 problems; expected 2"),
        (Output({}, {"problems": [{}, 3]}), "a problem's data that is no object"),
        (
            Output({"2:a": torch.ones(1)}, {"problems": [{}, {}]}),
            "'2:a', of none of the run's 2 problems",
        ),
    ],
)
def test_the_scorer_refuses_outputs_of_other_problems(output, message):
    with pytest.raises(ContractError, match=re.escape(message)):
        split(output, 2)


def test_the_scorer_measures_each_problem_against_its_own_experts(tiny):
    run = prefixed(track="multi")
    output = solve(
        Job([run], [tiny], [Meter(run.budget, COUNTERS)], lambda problem: problem.experts)
    )[0]
    output.tensors = {n: t for n, t in output.tensors.items() if not n.startswith("1:1/")}
    with pytest.raises(ContractError, match=r"^order 0, 2 experts: state 1 of the method's list"):
        score_run(run, output, tiny)

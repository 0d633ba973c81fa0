"""suites.merging.references and the whole way from assets to scores, on a grid made here."""

import pytest
import torch
from torch.func import functional_call

from bench.contract.job import ContractError, Diverged, Job, Output
from bench.metering.meter import Meter
from suites.merging import references
from suites.merging.compose.grid import load_grid
from suites.merging.counters import COUNTERS
from suites.merging.definition import SUITE
from suites.merging.harness import score_run, solve
from suites.merging.stored import backbone
from tests.suites.merging.tiny_grid import CELLS, by_hand, carry, make_run, tiny_assets


@pytest.fixture(scope="module")
def assets():
    return tiny_assets()


def found_cells(scores):
    return [cell["accuracy"] for cell in scores.details["cells"]]


@pytest.mark.parametrize(
    ("reference", "asset"),
    [(references.pretrained, "pretrained"), (references.multitask, "multitask")],
)
def test_a_single_model_reference_is_that_model_on_every_cell(reference, asset, assets):
    scores = carry(reference, assets, make_run("", kind="reference"))
    state = backbone(assets[asset].tensors)
    assert found_cells(scores) == pytest.approx([by_hand(assets, c, state) for c in range(4)])


def test_the_experts_answer_for_the_cells_of_their_groups(assets):
    # Cell 0 and 1: expert 0. Cell 2: its own expert 1. Cell 3: its own expert 2.
    scores = carry(references.experts, assets, make_run("", kind="reference"))
    states = load_grid(assets).experts
    expected = [by_hand(assets, c, states[i]) for c, i in enumerate([0, 0, 1, 2])]
    assert found_cells(scores) == pytest.approx(expected)


def test_the_ensemble_chooses_by_the_mean_of_all_experts_probabilities(assets):
    scores = carry(references.ensemble, assets, make_run("", kind="reference"))
    grid = load_grid(assets)
    for cell in range(4):
        mean = sum(
            functional_call(grid.model, state, (grid.test_inputs[cell],)).softmax(1)
            for state in grid.experts
        )
        low = 2 * CELLS[cell][0]
        chosen = low + mean[:, low : low + 2].argmax(1)
        expected = (chosen == grid.test_labels[cell]).double().mean().item()
        assert found_cells(scores)[cell] == pytest.approx(expected)


def test_the_parameters_deployed_are_counted_with_the_frozen_head_once(assets):
    one = sum(t.numel() for t in backbone(assets["pretrained"].tensors).values())
    head = 4 * 8 + 4
    single = carry(references.pretrained, assets, make_run("", kind="reference"))
    many = carry(references.experts, assets, make_run("", kind="reference"))
    assert single.cost == {"parameters": one + head}
    assert many.cost == {"parameters": 3 * one + head}


def test_the_metrics_are_the_tasks_own(assets):
    scores = carry(references.pretrained, assets, make_run("", kind="reference"))
    assert list(scores.metrics) == [metric.name for metric in SUITE.tasks[0].metrics]


def test_no_method_is_handed_an_answer(assets):
    given = {name: asset for name, asset in assets.items() if not name.startswith("answers")}
    grid = load_grid(given)
    assert grid.test_labels == []
    assert grid.expert_accuracies == []


def test_a_method_is_metered_and_scored_by_what_it_returns(assets):
    def first(problem):
        return {name: 1.0 * tensor for name, tensor in problem.experts[0].items()}

    run, meter = make_run(), Meter(make_run().budget, COUNTERS)
    output = solve(Job([run], [assets], [meter], first))[0]
    state = load_grid(assets).experts[0]
    assert meter.flops_by == {"merge": sum(t.numel() for t in state.values())}
    expected = [by_hand(assets, c, state) for c in range(4)]
    assert found_cells(score_run(run, output, assets)) == pytest.approx(expected)


def test_each_run_of_a_job_is_solved_with_its_own_assets_and_meter(assets):
    def first(problem):
        return {name: 1.0 * tensor for name, tensor in problem.experts[0].items()}

    runs, meters = [make_run(), make_run()], [Meter(make_run().budget, COUNTERS) for _ in range(2)]
    other = assets | {"experts": Output({n: t + 1 for n, t in assets["experts"].tensors.items()})}
    outputs = solve(Job(runs, [assets, other], meters, first))
    name = "norm.bias"
    assert torch.equal(outputs[1].tensors[name], outputs[0].tensors[name] + 1)
    assert meters[0].flops == meters[1].flops > 0


def test_a_single_track_method_may_return_one_state_only(assets):
    with pytest.raises(ContractError, match="its track is 'single'"):
        carry(lambda problem: problem.experts, assets, make_run())


def test_a_multi_track_method_may_route(assets):
    def route(problem):
        experts, model = problem.experts, problem.model
        return lambda inputs, task: functional_call(model, experts[task], (inputs,))

    routed = carry(route, assets, make_run("multi"))
    listed = carry(lambda problem: problem.experts, assets, make_run("multi"))
    assert found_cells(routed) == found_cells(listed)


def test_a_method_that_returns_nan_has_diverged(assets):
    def spoil(problem):
        return {name: tensor / 0 * 0 for name, tensor in problem.experts[0].items()}

    with pytest.raises(Diverged, match="are NaN or infinite"):
        carry(spoil, assets, make_run())


def test_the_data_that_a_method_used_is_told(assets):
    def looks(problem):
        problem.unlabeled(0, 2)
        return problem.experts[0]

    assert carry(looks, assets, make_run(needs=("unlabeled",))).details["data"] == "unlabeled"
    run = make_run("", kind="reference")
    assert carry(references.pretrained, assets, run).details["data"] == "none"

"""suites.merging.problem: what it gives, to whom, and at what charge."""

import re

import pytest
import torch
from torch.func import functional_call, grad

from bench.contract.inputs import Inputs
from bench.contract.job import ContractError
from bench.metering.budget import Budget
from bench.metering.meter import BudgetExceeded, Meter
from suites.common.accuracy import accuracy, choose
from suites.common.charging import Charges
from suites.common.networks import MLP
from suites.merging.counters import COUNTERS
from suites.merging.evaluation import Examples, logits
from suites.merging.problem import MergingProblem
from suites.merging.rebasin.networks import ResidualNet
from suites.merging.statistics import diagonal_fisher, input_grams
from suites.merging.tiny import tiny_problem
from suites.merging.vectors import linear_layers

PLENTY = Budget(limits={"flops": 1e12, "examples": 10_000, "trials": 100})


@pytest.mark.parametrize(
    ("need", "touch"),
    [
        ("pretrained", lambda problem: problem.pretrained),
        ("unlabeled", lambda problem: problem.unlabeled(0, 4)),
        ("labels", lambda problem: problem.labeled(0, 4)),
        ("fisher", lambda problem: problem.fisher(0, 4)),
        ("gram", lambda problem: problem.gram(0, 4)),
        ("validation", lambda problem: problem.validate(problem.experts[0])),
        ("validation", lambda problem: problem.trials_left),
        ("test_inputs", lambda problem: problem.test_inputs(0)),
        ("test_inputs", lambda problem: problem.test_classes(0)),
        ("test_inputs", lambda problem: problem.test_cells),
        ("apart", lambda problem: problem.observed(0)),
    ],
)
def test_what_a_method_did_not_declare_is_refused_by_name(need, touch):
    with pytest.raises(ContractError, match=f"Add '{need}' to needs in its @method line"):
        touch(tiny_problem(needs=[]))
    touch(tiny_problem(needs=[need]))


def test_each_experts_own_running_statistics_are_given_beside_their_mean():
    one, other = (ResidualNet((4, 6)) for _expert in range(2))
    one.norm.running_mean.fill_(1.0)
    other.norm.running_mean.fill_(3.0)
    problem = MergingProblem(one, [one.state_dict(), other.state_dict()])
    assert problem.experts[0]["norm.running_mean"].tolist() == [2.0] * 4
    assert problem.observed(0)["norm.running_mean"].tolist() == [1.0] * 4
    assert problem.observed(1)["norm.running_mean"].tolist() == [3.0] * 4
    assert all("running" in name for name in problem.observed(0))


def test_experts_without_a_common_start_have_no_pretrained_model():
    given = tiny_problem()
    problem = MergingProblem(given.model, given.experts)
    with pytest.raises(ContractError, match="no pretrained model in common"):
        problem.pretrained  # noqa: B018


def test_examples_are_charged_when_first_handed_out():
    meter = Meter(PLENTY, COUNTERS)
    problem = tiny_problem(meter=meter)
    first = problem.unlabeled(0, 8)
    assert (len(first), meter.spent["examples"]) == (8, 8)
    again, labels = problem.labeled(0, 12)
    assert torch.equal(again[:8], first)
    assert (labels.shape, meter.spent["examples"]) == ((12,), 12)
    problem.gram(1, 8)
    assert meter.spent["examples"] == 20


def test_a_run_may_not_take_more_examples_than_its_budget():
    problem = tiny_problem(meter=Meter(Budget(limits={"flops": 1e12, "examples": 10}), COUNTERS))
    problem.unlabeled(0, 8)
    with pytest.raises(BudgetExceeded, match="from 8 to 16, over the budget of 10"):
        problem.unlabeled(1, 8)


def test_a_pool_that_holds_fewer_examples_gives_and_charges_all_it_has():
    meter = Meter(PLENTY, COUNTERS)
    problem = tiny_problem(meter=meter, examples=32)
    assert len(problem.unlabeled(0, 256)) == 32
    assert meter.spent["examples"] == 32


def test_asking_for_no_examples_is_refused():
    with pytest.raises(ContractError, match=r"asked for 0 examples\. Ask for at least one"):
        tiny_problem().unlabeled(0, 0)


def test_an_expert_that_isnt_there_is_refused():
    with pytest.raises(ContractError, match="of expert 3, but this task has them for experts 0 to"):
        tiny_problem().unlabeled(3, 1)


def test_the_strongest_class_of_data_is_remembered():
    problem = tiny_problem()
    assert problem.data_used == "none"
    problem.gram(0, 4)
    assert problem.data_used == "unlabeled"
    problem.validate(problem.experts[0])
    assert problem.data_used == "labeled"
    problem.test_inputs(0)
    assert problem.data_used == "test"


def test_validation_is_the_mean_accuracy_of_the_experts_own_tasks():
    problem = tiny_problem()
    state = problem.experts[1]
    expected = []
    for examples in problem._validation:
        scores = functional_call(problem.model, state, (examples.inputs,))
        among = scores[:, examples.classes].argmax(1)
        expected.append((examples.classes[among] == examples.labels).float().mean().item())
    assert problem.validate(state) == pytest.approx(sum(expected) / 3)


def test_validating_one_state_an_expert_uses_each_on_its_own_task():
    problem = tiny_problem()
    states = problem.experts
    own = [
        accuracy(choose(logits(problem.model, s, e.inputs), e.classes), e.labels)
        for s, e in zip(states, problem._validation, strict=True)
    ]
    assert problem.validate(states) == pytest.approx(sum(own) / 3)


def test_validating_a_router_hands_it_each_task():
    problem = tiny_problem()
    seen = []

    def router(inputs, task):
        seen.append(task)
        return logits(problem.model, problem.experts[task], inputs)

    assert problem.validate(router) == pytest.approx(problem.validate(problem.experts))
    assert seen == [0, 1, 2]


def test_a_validation_takes_a_trial_and_is_charged_to_tuning():
    meter = Meter(PLENTY, COUNTERS)
    problem = tiny_problem(meter=meter)
    with meter, meter.phase("merge"):
        problem.validate(problem.experts[0])
        once = meter.flops_by["tuning"]
        problem.validate(problem.experts[1])
    assert meter.spent["trials"] == 2
    assert meter.flops_by == {"tuning": 2 * once}
    assert once > 3 * 32 * forward_flops(problem)  # all 96 examples, and reading the answers


def forward_flops(problem):
    """Matrix products of one example, from the layers: 2 x weights a token, 4 tokens an image."""
    layers = [layer for _, layer in linear_layers(problem.model, problem.experts[0])]
    return 2 * (4 * sum(x.weight.numel() for x in layers) + problem.model.head.weight.numel())


def test_no_trial_is_given_beyond_the_budget():
    problem = tiny_problem(meter=Meter(Budget(limits={"flops": 1e12, "trials": 1}), COUNTERS))
    assert problem.trials_left == 1
    problem.validate(problem.experts[0])
    with pytest.raises(BudgetExceeded, match="validation number 2"):
        problem.validate(problem.experts[0])


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda state: {}, "lacks ['"),
        (lambda state: state | {"extra": torch.zeros(1)}, "holds ['extra'] besides"),
        (lambda state: {n: t[None] for n, t in state.items()}, "expected torch.float32 of shape"),
        (lambda state: {n: t.double() for n, t in state.items()}, "as torch.float64 of shape"),
        (lambda state: [state], "one state for each of the 3 experts"),
        (lambda state: 3, "this one returned int"),
    ],
)
def test_what_no_method_may_return_is_refused(spoil, message):
    problem = tiny_problem()
    with pytest.raises(ContractError, match=re.escape(message)):
        problem.validate(spoil(problem.experts[0]))


def test_statistics_are_charged_once_in_their_own_phase():
    meter = Meter(PLENTY, COUNTERS)
    problem = tiny_problem(meter=meter)
    with meter, meter.phase("merge"):
        problem.gram(0, 16)
        problem.gram(0, 16)
    once = meter.flops
    assert meter.flops_by == {"statistics": once}
    assert meter.spent["examples"] == 16
    with meter:
        problem.gram(1, 16)
    assert meter.flops == 2 * once


def test_fisher_costs_one_forward_and_a_backward_a_class():
    # A backward pass is two forward passes, so (1 + 2 x 4) of them for each example, and a little
    # for squaring and adding the gradients.
    meter = Meter(PLENTY, COUNTERS)
    problem = tiny_problem(meter=meter)
    with meter:
        problem.fisher(0, 32)
    expected = 9 * 32 * forward_flops(problem)
    assert 0.9 * expected < meter.flops < 1.6 * expected


def test_fisher_is_the_expected_squared_gradient_over_the_tasks_classes():
    problem = tiny_problem(examples=6)
    state, examples = problem.experts[1], problem._calibration[1]

    def log_p(weights, x, c):
        answer = functional_call(problem.model, weights, (x[None],))[0][examples.classes]
        return answer.log_softmax(0)[c]

    name = "blocks.0.attention.q.weight"
    expected = torch.zeros_like(state[name])
    for x in examples.inputs:
        for c in range(4):
            probability = log_p(state, x, c).detach().exp()
            expected += probability * grad(log_p)(state, x, c)[name] ** 2 / 6
    found = problem.fisher(1, 6)[name]
    assert torch.allclose(found, expected, rtol=1e-4, atol=1e-9)


def test_fisher_doesnt_depend_on_how_examples_are_chunked(monkeypatch):
    problem = tiny_problem()
    together = problem.fisher(0, 32)
    monkeypatch.setattr("suites.merging.statistics.GRADIENTS", 1)  # one example at a time
    apart = tiny_problem().fisher(0, 32)
    assert all(torch.allclose(together[n], apart[n], rtol=1e-4, atol=1e-9) for n in together)


def test_a_gram_matrix_is_the_mean_outer_product_of_a_layers_inputs_tokens_counted():
    # A layer that sees 2 tokens of 3 numbers of each of 5 examples: 10 rows.
    layer = torch.nn.Linear(3, 2)
    expert = {name: parameter.detach() for name, parameter in layer.named_parameters()}
    inputs = torch.randn(5, 2, 3, generator=torch.Generator().manual_seed(0))
    examples = Examples(inputs, torch.tensor([0, 1]))
    rows = inputs.reshape(10, 3)
    gram = MergingProblem(layer, [expert], calibration=[examples]).gram(0, 5)["weight"]
    assert torch.allclose(gram, rows.T @ rows / 10, atol=1e-6)


def test_a_later_layers_gram_matrix_is_of_what_the_expert_makes_of_its_inputs():
    network = MLP([4, 3, 2])
    expert = {name: parameter.detach() for name, parameter in network.named_parameters()}
    inputs = torch.randn(6, 4, generator=torch.Generator().manual_seed(0))
    hidden = (inputs @ expert["layers.0.weight"].T + expert["layers.0.bias"]).relu()
    problem = MergingProblem(
        network, [expert], calibration=[Examples(inputs, torch.tensor([0, 1]))]
    )
    gram = problem.gram(0, 6)["layers.1.weight"]
    assert torch.allclose(gram, hidden.T @ hidden / 6, atol=1e-6)


def test_gram_matrices_cover_the_layers_of_the_state_and_no_frozen_head():
    problem = tiny_problem()
    linear = {n for n, m in problem.model.named_modules() if isinstance(m, torch.nn.Linear)}
    assert "head" in linear
    assert set(problem.gram(0, 4)) == {f"{name}.weight" for name in linear - {"head"}}


def test_asking_for_statistics_leaves_no_hooks_behind():
    problem = tiny_problem()
    problem.gram(0, 4)
    assert not any(m._forward_pre_hooks for m in problem.model.modules())


@pytest.mark.parametrize("statistic", [diagonal_fisher, input_grams])
def test_the_charge_for_later_chunks_is_what_counting_them_says(statistic, monkeypatch):
    monkeypatch.setattr("suites.merging.statistics.BATCH", 5)
    monkeypatch.setattr("suites.merging.statistics.GRADIENTS", 10_000)
    problem = tiny_problem()
    examples = problem._calibration[0]
    charged, counted = Meter(PLENTY, COUNTERS), Meter(PLENTY, COUNTERS)
    with charged:
        statistic(problem.model, problem.experts[0], examples, Charges(charged))
    monkeypatch.setattr(Charges, "each", lambda self, what, step, chunks: map(step, chunks))
    with counted:
        statistic(problem.model, problem.experts[0], examples, Charges(counted))
    assert charged.flops == counted.flops > 0


def test_a_choice_among_the_tasks_classes_ignores_the_others():
    scores = torch.tensor([[9.0, 1, 2], [0, 5, 4]])
    assert choose(scores).tolist() == [0, 1]
    assert choose(scores, torch.tensor([1, 2])).tolist() == [2, 1]


GIVEN = {
    "an expert's weight": lambda problem: problem.experts[0]["norm.bias"],
    "a pretrained weight": lambda problem: problem.pretrained["norm.bias"],
    "the frozen head": lambda problem: problem.model.head.weight.data,
    "unlabelled examples": lambda problem: problem.unlabeled(1, 8),
    "labels": lambda problem: problem.labeled(1, 8)[1],
    "a task's classes": lambda problem: problem.classes(2),
    "test inputs": lambda problem: problem.test_inputs(0),
    "a cell's classes": lambda problem: problem.test_classes(1),
}


@pytest.mark.parametrize("given", GIVEN.values(), ids=GIVEN)
def test_writing_to_anything_that_is_given_is_noticed(given):
    problem = tiny_problem()
    inputs = Inputs(problem.handed)
    given(problem).numpy()[..., 0] += 1  # torch doesn't count this one
    assert inputs.changed()


@pytest.mark.parametrize("statistic", ["fisher", "gram"])
def test_a_statistic_is_a_copy_each_time_so_that_no_call_spoils_the_next(statistic):
    problem = tiny_problem()
    first = getattr(problem, statistic)(0, 8)
    kept = {name: tensor.clone() for name, tensor in first.items()}
    for tensor in first.values():
        tensor.zero_()
    again = getattr(problem, statistic)(0, 8)
    assert all(torch.equal(kept[name], again[name]) for name in kept)


def test_a_problem_can_be_built_from_tensors_alone():
    model = torch.nn.Linear(3, 2)
    experts = [{n: p.detach() + i for n, p in model.named_parameters()} for i in range(2)]
    data = [Examples(torch.randn(5, 3), torch.tensor([0, 1]), torch.tensor([0, 1, 0, 1, 0]))] * 2
    problem = MergingProblem(model, experts, calibration=data, validation=data)
    assert 0 <= problem.validate(experts[0]) <= 1
    assert problem.gram(0, 5)["weight"].shape == (3, 3)


def test_what_is_remembered_is_computed_and_paid_for_once():
    meter = Meter(Budget(limits={"flops": 1e12}), COUNTERS)
    problem = tiny_problem(meter=meter)
    calls = []

    def compute():
        calls.append(1)
        return torch.ones(4, 4) @ torch.ones(4, 4)

    with meter:
        first = problem.remember(("product", 4), compute)
        paid = meter.flops
        assert problem.remember(("product", 4), compute) is first
        assert meter.flops == paid == 2 * 4**3
        problem.remember(("product", 5), compute)
    assert len(calls) == 2


@pytest.mark.parametrize("value", [torch.ones(2), {"a": torch.ones(2)}])
def test_what_is_remembered_must_not_be_written_into(value):
    problem = tiny_problem()
    kept = problem.remember("mine", lambda: value)
    (kept["a"] if isinstance(kept, dict) else kept).data += 1  # past torch's count of versions
    with pytest.raises(ContractError, match=r"wrote into what problem.remember\('mine', ...\)"):
        problem.remember("mine", lambda: value)


def test_floating_point_buffers_are_the_experts_mean_in_every_state():
    # Running variances 1 and 3: every state holds 2, while Fisher information and Gram matrices
    # are each expert's own. Counters stay as they were.
    model = torch.nn.Sequential(torch.nn.BatchNorm1d(1), torch.nn.Linear(1, 2))

    def state(variance):
        own = {name: tensor.clone() for name, tensor in model.state_dict().items()}
        return own | {"0.running_var": torch.full((1,), variance), "0.num_batches_tracked": n}

    n = torch.tensor(7)
    inputs = Examples(torch.tensor([[1.0], [2.0]]), torch.tensor([0, 1]))
    experts = [state(1.0), state(3.0)]
    problem = MergingProblem(model, experts, pretrained=state(9.0), calibration=[inputs] * 2)
    for held in (*problem.experts, problem.pretrained):
        assert held["0.running_var"].tolist() == [2.0]
        assert int(held["0.num_batches_tracked"]) == 7
    assert experts[0]["0.running_var"].tolist() == [1.0]  # the caller's own are left alone
    # x / sqrt(variance + 1e-5), squared and averaged over 1 and 2: 2.5 / variance
    grams = [float(problem.gram(i, 2)["1.weight"]) for i in range(2)]
    assert grams == pytest.approx([2.5, 2.5 / 3], rel=1e-4)

"""suites.merging.harness: tuning, checking and measuring."""

import re

import pytest
import torch

from bench.contract.job import ContractError, Diverged, Output
from bench.metering.budget import Budget
from bench.metering.meter import Meter
from suites.common.tuning import grid_points, thin
from suites.merging.counters import COUNTERS
from suites.merging.grid import Grid, GridCell
from suites.merging.harness import cell_accuracies, grid_metrics, run_method
from suites.merging.outputs import decode, encode
from suites.merging.tiny import tiny_problem
from suites.merging.vectors import flatten


def scaled(problem, *, scale):
    return {name: scale * tensor for name, tensor in problem.experts[0].items()}


def test_the_grid_is_every_combination_in_order():
    points = grid_points({"a": [1, 2], "b": ["x", "y"]})
    assert [(p["a"], p["b"]) for p in points] == [(1, "x"), (1, "y"), (2, "x"), (2, "y")]


def test_a_grid_of_more_points_than_trials_is_thinned_evenly_with_both_ends():
    # 7 points, 4 trials: every second one.
    points = [{"a": i} for i in range(7)]
    assert [p["a"] for p in thin(points, 4)] == [0, 2, 4, 6]
    assert thin(points, 7) == thin(points, 20) == points
    assert thin(points, 1) == points[:1]


@pytest.mark.parametrize("most", range(1, 12))
def test_thinning_repeats_no_point(most):
    kept = [p["a"] for p in thin([{"a": i} for i in range(11)], most)]
    assert len(kept) == len(set(kept)) == most


def test_no_trial_at_all_is_an_error():
    with pytest.raises(ContractError, match="at least one trial"):
        thin([{"a": 1}], 0)


def test_the_default_run_calls_the_method_once_with_its_params_and_never_validates():
    meter = Meter(Budget(limits={"flops": 1e12, "trials": 20}), COUNTERS)
    problem = tiny_problem(meter=meter)
    merged, details = run_method(problem, scaled, "default", {"scale": 2.0}, {"scale": [1.0]})
    assert torch.equal(flatten(merged), 2 * flatten(problem.experts[0]))
    assert (meter.spent["trials"], details) == (0, {"data": "none"})


def test_the_tuned_run_keeps_what_it_made_at_the_middle_of_the_best_validated_points():
    # .5, 1, 2 and 4 validate alike: places 1 to 4 of the grid, mean 2.5, the lower of two is 1.
    problem, made = tiny_problem(seed=3), {}

    def merge(problem, *, scale):
        made.setdefault(scale, {"scale": torch.tensor([scale])})
        return made[scale]

    problem._try_out = lambda merged: float(merged["scale"] > 0)
    space = {"scale": [-1.0, 0.5, 1.0, 2.0, 4.0]}
    merged, details = run_method(problem, merge, "tuned", {"scale": 9.0}, space)
    assert details["chosen"] == {"scale": 1.0}
    assert merged is made[1.0]


def test_the_tuned_run_validates_each_point_once():
    problem = tiny_problem(seed=3)
    values = [0.0, 1.0, -1.0, 2.0]
    own = [problem.validate(scaled(problem, scale=value)) for value in values]
    merged, details = run_method(problem, scaled, "tuned", {"scale": 5.0}, {"scale": values})
    best = details["chosen"]["scale"]
    assert own[values.index(best)] == max(own)
    assert [trial["accuracy"] for trial in details["validation"]] == own
    assert torch.equal(flatten(merged), best * flatten(problem.experts[0]))
    assert details["data"] == "labeled"


def test_the_tuned_run_tries_no_more_points_than_it_has_trials_and_says_so():
    meter = Meter(Budget(limits={"flops": 1e12, "trials": 3}), COUNTERS)
    problem = tiny_problem(meter=meter)
    space = {"scale": [0.1, 0.2, 0.3, 0.4, 0.5]}
    _, details = run_method(problem, scaled, "tuned", {"scale": 1.0}, space)
    assert details["points"] == {"grid": 5, "tried": 3}
    assert [trial["params"]["scale"] for trial in details["validation"]] == [0.1, 0.3, 0.5]


def test_a_method_that_was_not_given_validation_may_still_be_tuned():
    problem = tiny_problem(needs=[])
    _, details = run_method(problem, scaled, "tuned", {"scale": 1.0}, {"scale": [1.0]})
    assert details["points"]["tried"] == 1


def test_a_method_that_writes_to_given_weights_is_refused():
    def spoil(problem):
        problem.experts[0]["norm.bias"] += 1
        return problem.experts[0]

    with pytest.raises(ContractError, match=r"was given: experts\[0\]\['norm.bias'\]"):
        run_method(tiny_problem(), spoil)


def round_trip(merged, problem):
    questions = list(zip(problem._test_inputs, [0, 1, 2], strict=True))
    output = encode(merged, problem.experts, questions)
    return decode(output, problem.experts, rows=96, outputs=12)


def test_one_state_comes_back_as_it_was():
    problem = tiny_problem()
    again = round_trip(problem.experts[1], problem)
    assert torch.equal(flatten(again), flatten(problem.experts[1]))


def test_one_state_an_expert_comes_back_in_the_experts_order():
    problem = tiny_problem()
    again = round_trip(problem.experts[::-1], problem)
    for state, expert in zip(again, problem.experts[::-1], strict=True):
        assert torch.equal(flatten(state), flatten(expert))


def test_a_router_comes_back_as_its_scores_of_every_test_input():
    problem = tiny_problem()
    again = round_trip(lambda inputs, task: torch.full((len(inputs), 12), float(task)), problem)
    assert again.shape == (96, 12)
    assert again[::32, 0].tolist() == [0.0, 1.0, 2.0]


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_numbers_that_arent_finite_are_called_diverged(bad):
    problem = tiny_problem()
    state = {name: tensor.clone() for name, tensor in problem.experts[0].items()}
    state["norm.bias"][3] = bad
    with pytest.raises(Diverged, match=r"1 of 16 numbers in 'norm.bias' are NaN or infinite"):
        round_trip(state, problem)


@pytest.mark.parametrize(
    ("tensors", "form", "message"),
    [
        ({}, "state", "lacks ["),
        ({"9/norm.bias": torch.zeros(16)}, "states", "'9/norm.bias', of no expert's state"),
        ({"0/norm.bias": torch.zeros(16)}, "states", "state 0 of the method's list lacks ["),
        ({"scores": torch.zeros(96, 3)}, "scores", "scores of shape (96, 3); expected (96, 12)"),
        ({}, "anything", "scores of shape None; expected (96, 12)"),
    ],
)
def test_the_scorer_refuses_outputs_that_no_method_could_return(tensors, form, message):
    with pytest.raises(ContractError, match=re.escape(message)):
        decode(Output(tensors, {"form": form}), tiny_problem().experts, rows=96, outputs=12)


def test_a_router_must_score_every_input():
    problem = tiny_problem()
    questions = [(problem.test_inputs(0), 0)]
    with pytest.raises(ContractError, match=re.escape("scores of shape (32, outputs)")):
        encode(lambda inputs, task: torch.zeros(1, 12), problem.experts, questions)


def four_cells(**parts):
    """A grid of two groups and two styles; group 0 has experts 0 and 1, group 1 has expert 2."""
    cells = [
        GridCell(0, "a", True, (0,), torch.tensor([0, 1])),
        GridCell(0, "b", False, (0, 1), torch.tensor([0, 1])),
        GridCell(1, "a", True, (2,), torch.tensor([2, 3])),
        GridCell(1, "b", False, (2,), torch.tensor([2, 3])),
    ]
    nothing = dict.fromkeys(["pretrained", "calibration", "validation"], ())
    given = dict.fromkeys(["experts", "test_inputs", "test_labels", "expert_accuracies"], ())
    given |= {"model": torch.nn.Identity(), "outputs": 4, "frozen": 0}
    return Grid(cells=cells, **(nothing | given | parts))


def test_the_metrics_of_four_cells_by_hand():
    # cell      held in   accuracy   expert   share   among all
    # 0, a      yes       .8         1        .8      .5
    # 0, b      no        .6         .5       1.2     .3
    # 1, a      yes       .4         .8       .5      .1
    # 1, b      no        .2         .5       .4      .1
    # held in: (.8 + .4) / 2 = .6, normalised (.8 + .5) / 2 = .65, among all .3
    # held out: (.6 + .2) / 2 = .4, normalised (1.2 + .4) / 2 = .8, among all .2
    grid = four_cells(expert_accuracies=[1, 0.5, 0.8, 0.5])
    found = grid_metrics(grid, [0.8, 0.6, 0.4, 0.2], [0.5, 0.3, 0.1, 0.1])
    assert found == pytest.approx(
        {
            "held_in": 0.6,
            "held_out": 0.4,
            "worst_cell": 0.2,
            "held_in_normalised": 0.65,
            "held_out_normalised": 0.8,
            "worst_cell_normalised": 0.4,
            "held_in_unmasked": 0.3,
            "held_out_unmasked": 0.2,
        }
    )


ONE = [1.0, 0, 0, 9]  # scores that choose class 0 in group 0, class 3 in group 1 and among all
TWO = [0.0, 1, 9, 0]  # class 1 in group 0, class 2 in group 1 and among all


def test_a_cells_accuracy_is_the_mean_over_the_experts_that_answer_for_it():
    # Every cell has two inputs whose labels are the group's first and second class. The template
    # answers with its input, so a state that isn't asked for doesn't matter; scores are given.
    # questions: cell 0 expert 0, cell 1 experts 0 and 1, cell 2 expert 2, cell 3 expert 2
    labels = [torch.tensor([0, 1])] * 2 + [torch.tensor([2, 3])] * 2
    grid = four_cells(test_inputs=[torch.zeros(2, 1)] * 4, test_labels=labels)
    scores = [
        [ONE, TWO],  # both right
        [ONE, ONE],  # expert 0: half right
        [TWO, ONE],  # expert 1: none right, so the cell's mean is a quarter
        [TWO, ONE],  # both right, also among all classes
        [ONE, ONE],  # half right, also among all classes
    ]
    among_group, among_all = cell_accuracies(grid, torch.tensor(scores).flatten(0, 1))
    assert among_group == [1.0, 0.25, 1.0, 0.5]
    assert among_all == [0.0, 0.0, 1.0, 0.5]


def test_one_state_answers_for_every_cell():
    # The template is a diagonal layer of four weights: it answers weight * input.
    class Scale(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = torch.nn.Parameter(torch.ones(4))

        def forward(self, inputs):
            return inputs * self.weight

    labels = [torch.tensor([0])] * 2 + [torch.tensor([3])] * 2
    inputs = [torch.ones(1, 4)] * 4
    grid = four_cells(model=Scale(), test_inputs=inputs, test_labels=labels)
    state = {"weight": torch.tensor([2.0, 1, 4, 3])}  # class 0 in group 0, class 2 in group 1
    assert cell_accuracies(grid, state) == ([1.0, 1.0, 0.0, 0.0], [0.0] * 4)
    states = [state, {"weight": torch.tensor([1.0, 2, 0, 0])}, {"weight": torch.arange(4.0)}]
    assert cell_accuracies(grid, states) == ([1.0, 0.5, 1.0, 1.0], [0.0, 0.0, 1.0, 1.0])

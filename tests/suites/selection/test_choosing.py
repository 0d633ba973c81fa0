"""A choice is held against the contract, filled where it is short, and scored by its own task."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from bench.contract.job import ContractError, Diverged, Output, Run
from bench.metering.budget import Budget
from bench.metering.meter import Meter
from suites.selection import choices, scoring
from suites.selection.checking import checked, to_output
from suites.selection.counters import COUNTERS
from suites.selection.definition import SUITE
from suites.selection.passes import Passes
from suites.selection.problem import Chosen
from suites.selection.tiny import CLASSES, NETWORK, POOL, RECIPE, SIZES, pool_assets, tiny_problem


def first(problem, **changes):
    return replace(Chosen({k: torch.arange(k) for k in problem.sizes}, torch.rand(POOL)), **changes)


def held(chosen):
    problem = tiny_problem()
    return checked(to_output(chosen, problem), POOL, SIZES)


def test_a_choice_comes_back_as_it_was_returned():
    problem = tiny_problem()
    chosen = first(problem)
    choice = held(chosen)
    assert {size: len(numbers) for size, numbers in choice.numbers.items()} == {k: k for k in SIZES}
    assert torch.equal(choice.scores, chosen.scores.double())


def test_weights_are_brought_to_a_mean_of_one():
    subsets = {k: (torch.arange(k), torch.full((k,), 4.0)) for k in SIZES}
    assert held(Chosen(subsets)).weights[SIZES[0]].tolist() == [1.0] * SIZES[0]


@pytest.mark.parametrize(
    ("subset", "message"),
    [
        (torch.zeros(10, dtype=torch.int64), "only 1 different numbers; problem.fill adds"),
        (torch.arange(9), "int64 of shape"),
        (torch.arange(10).float(), "float32 of shape"),
        (torch.arange(10) + POOL - 9, "numbers are 0 to 299"),
        ([0, 1], "list; it should be a tensor"),
        ((torch.arange(10), torch.ones(9)), r"shape \(9,\); they should have \(10,\)"),
        ((torch.arange(10), -torch.ones(10)), "negative, or all of them are 0"),
    ],
)
def test_a_choice_of_another_form_is_refused_in_one_sentence(subset, message):
    chosen = first(tiny_problem())
    with pytest.raises(ContractError, match=message):
        held(replace(chosen, subsets={**chosen.subsets, SIZES[0]: subset}))


def test_a_size_that_is_left_out_and_what_is_no_choice_are_refused():
    problem = tiny_problem()
    with pytest.raises(ContractError, match="no entry for 90"):
        to_output(Chosen({10: torch.arange(10), 30: torch.arange(30)}), problem)
    with pytest.raises(ContractError, match="returned list; it should return"):
        to_output([1], problem)


def test_scores_may_be_infinite_but_not_nan():
    scores = torch.rand(POOL)
    scores[3] = torch.inf
    assert held(first(tiny_problem(), scores=scores)).scores[3] == torch.inf
    scores[4] = torch.nan
    with pytest.raises(Diverged, match="1 of 300 scores are NaN"):
        held(first(tiny_problem(), scores=scores))


def test_a_short_choice_is_filled_with_others_at_random_and_counted():
    problem = tiny_problem()
    filled = problem.fill(torch.tensor([7, 3]), 10)
    assert filled[:2].tolist() == [7, 3]
    assert len(filled.unique()) == 10
    assert problem.padded == {10: 8}
    assert problem.fill(torch.arange(20), 10).tolist() == list(range(10))
    assert problem.padded == {10: 0}


@pytest.mark.parametrize("name", sorted(choices.CHOICES))
def test_a_references_choice_holds_so_many_different_examples(name):
    answers = pool_assets("noise")["answers"].tensors
    labels = pool_assets("noise")["pool"].tensors["labels"]
    drawn = choices.chosen(name, labels, answers["truth"], 60, 0, 0)
    assert len(drawn.unique()) == 60
    if name == "clean_random":
        assert torch.equal(labels[drawn], answers["truth"][drawn])
    if name == "stratified":
        assert torch.bincount(labels[drawn]).tolist() == [6] * CLASSES


# --- scoring: a run of a task's smallest problem --------------------------------------------------

SETTINGS = {
    "first_seed": 0,
    "sizes": list(SIZES),
    "percents": [1, 10, 30],
    "network": NETWORK,
    "recipe": RECIPE,
    "passes": 3000,
    "pass_flops": 62560.0,
    "classes": CLASSES,
}


def a_run(task: str, **changes) -> Run:
    declared = SUITE.task(task)
    return Run(
        identity="",
        suite="selection",
        task=declared,
        tier="smoke",
        method="m",
        kind="method",
        variant="default",
        params={},
        space={},
        needs=(),
        track="select",
        seed=0,
        settings={**SETTINGS, "kind": declared.settings["smoke"]["kind"], **changes},
        budget=declared.budgets["smoke"],
    )


@pytest.fixture(scope="module")
def assets():
    given = dict(pool_assets("noise"))
    baselines = {"settings": SETTINGS, "seed": 0}
    return {**given, "baselines": choices.build_baselines(baselines, given)}


@pytest.fixture
def passes():
    meter = Meter(Budget(), COUNTERS)
    with meter:
        yield Passes(meter)


def chosen_output(numbers: dict[int, torch.Tensor], **data) -> Output:
    return Output({f"numbers/{k}": rows for k, rows in numbers.items()}, {"flops": 0.0, **data})


def test_random_choice_is_no_better_than_random_choice(assets, passes):
    found = scoring.score_coreset(
        a_run("coreset-noise"), Output(data={"rule": "random"}), assets, passes
    )
    assert found.metrics["gain"] == pytest.approx(0, abs=1e-12)
    # a fifth of the pool is wrong, give or take what 3 draws of 30 examples vary by
    assert found.metrics["wrong"] == pytest.approx(0.2, abs=0.12)


def test_right_examples_train_better_than_wrong_ones(assets, passes):
    pool, answers = assets["pool"].tensors, assets["answers"].tensors
    right = (pool["labels"] == answers["truth"]).nonzero()[:, 0]
    wrong = (pool["labels"] != answers["truth"]).nonzero()[:, 0]
    run = a_run("coreset-noise", sizes=[10, 30], percents=[1, 10])
    given = {**assets, "baselines": cut(assets["baselines"])}
    found = [
        scoring.score_coreset(
            run, chosen_output({10: rows[:10], 30: rows[:30]}), given, passes
        ).metrics
        for rows in (right, wrong)
    ]
    assert found[0]["area"] > found[1]["area"] + 0.1
    assert [f["wrong"] for f in found] == [0.0, 1.0]


def cut(baselines: Output) -> Output:
    return Output({"random": baselines.tensors["random"][:, :2]}, baselines.data)


def test_what_a_choice_saves_pays_for_choosing_after_so_many_trainings(assets, passes):
    everything = torch.arange(POOL)
    run = a_run("coreset-noise", sizes=[10, 30, 300], passes=2000)
    choice = {10: everything[:10], 30: everything[:30], 300: everything}
    given = {**assets, "baselines": Output(assets["baselines"].tensors, {"full_long": 0.0})}
    found = scoring.score_coreset(run, chosen_output(choice, flops=62560.0 * 500), given, passes)
    # ten epochs of 300 less 2,000 passes: 1,000 saved a training; choosing took 500 passes
    assert found.metrics["break_even"] == pytest.approx(0.5)


def test_choosing_never_pays_where_a_choice_trains_worse_or_no_cheaper_than_the_whole_pool(
    assets, passes
):
    def found(full_long, of_passes):
        run = a_run("coreset-noise", sizes=[10, 30], percents=[1, 10], passes=of_passes)
        random = cut(assets["baselines"]).tensors
        given = {**assets, "baselines": Output(random, {"full_long": full_long})}
        choice = chosen_output({10: torch.arange(10), 30: torch.arange(30)}, flops=1e6)
        return scoring.score_coreset(run, choice, given, passes).metrics

    assert "break_even" in found(0.0, 2000)
    assert "break_even" not in found(1.0, 2000)
    # ten epochs of 300 are 3,000 passes: nothing is saved
    assert "break_even" not in found(0.0, 3000)
    assert "break_even" not in found(0.0, 3200)


def test_setting_right_what_is_wrong_gives_the_ceiling_and_an_auroc_of_one(assets, passes):
    pool, answers = assets["pool"].tensors, assets["answers"].tensors
    wrong = (pool["labels"] != answers["truth"]).double()
    output = chosen_output({30: torch.arange(30)})
    output.tensors["scores"] = wrong
    run = a_run("debug-mnist", sizes=[30], percents=[5, 10, 20, 40])
    found = scoring.score_debug(run, output, assets, passes).metrics
    full = scoring.score_debug(run, Output(data={"rule": "full"}), assets, passes).metrics
    assert found["auroc"] == found["average_precision"] == 1.0
    assert found["fixed_20"] == found["fixed_40"] == full["fixing"]
    assert found["fixed_5"] <= found["fixed_20"]


def test_a_method_without_scores_is_told_so_where_scores_are_read(assets, passes):
    run = a_run("debug-mnist", sizes=[30], percents=[5, 10, 20, 40])
    with pytest.raises(ContractError, match="add 'subset_only' to needs"):
        scoring.score_debug(run, chosen_output({30: torch.arange(30)}), assets, passes)


def test_a_run_keeps_which_were_chosen_and_the_first_seed_also_pictures_and_the_map(assets, passes):
    output = chosen_output({k: torch.arange(k) for k in SIZES})
    output.tensors["scores"] = torch.arange(POOL).double()
    files = scoring.score_coreset(a_run("coreset-noise"), output, assets, passes).artefacts
    assert set(files) == {"chosen.npy", "chosen.png", "extremes.png", "map.json", "scores.npy"}
    assert sum(map(len, files.values())) < SUITE.artefact_bytes
    later = scoring.score_coreset(replace(a_run("coreset-noise"), seed=1), output, assets, passes)
    assert set(later.artefacts) == {"chosen.npy"}


def test_a_mask_holds_a_bit_an_example(tmp_path):
    from suites.selection import pictures

    file = tmp_path / "chosen.npy"
    file.write_bytes(pictures.masks(10, [torch.tensor([0, 9])]))
    assert np.unpackbits(np.load(file), axis=1)[:, :10].tolist() == [[1, *[0] * 8, 1]]

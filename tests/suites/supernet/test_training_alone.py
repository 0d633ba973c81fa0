"""One architecture trained alone: what is drawn, and that its figures are always the same."""

import subprocess
import sys
from dataclasses import replace

import pytest
import torch

from suites.common.draws import generator
from suites.supernet.evaluation import evaluate
from suites.supernet.networks import small
from suites.supernet.overlay import overlay
from suites.supernet.recipe import Recipe
from suites.supernet.truth.training import batches, fit, train_alone

ROW = (3, 1, 2, 4, 0, 3)
SHORT = Recipe(steps=25)

ALONE = f"""
import torch
torch.set_num_threads(1)
from suites.supernet.networks import small
from suites.supernet.recipe import Recipe
from suites.supernet.truth.training import train_alone
print(train_alone(small("micro201"), {ROW}, Recipe(steps=25), 3))
"""


@pytest.fixture(autouse=True)
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def test_figures_are_the_same_in_another_process_and_after_other_trainings():
    network = small("micro201")
    train_alone(network, (1, 3, 2, 4, 3, 3), SHORT, 1)
    here = train_alone(network, ROW, SHORT, 3)
    there = subprocess.run(
        [sys.executable, "-c", ALONE], capture_output=True, text=True, check=True
    ).stdout
    assert there.strip() == repr(here)


def test_another_seed_draws_other_weights_and_other_batches():
    network = small("micro201")
    assert train_alone(network, ROW, SHORT, 0) != train_alone(network, ROW, SHORT, 1)
    first, second = (next(batches(1000, SHORT, seed)) for seed in (0, 1))
    assert not torch.equal(first, second)


@pytest.mark.parametrize("changed", [{"rate": 0.02}, {"decay": 1.0}, {"warm_up": 2}, {"batch": 64}])
def test_every_setting_of_the_recipe_counts(changed):
    network = small("macro")
    row = (1, 5, 0, 2)
    assert train_alone(network, row, SHORT, 0) != train_alone(
        network, row, replace(SHORT, **changed), 0
    )


def test_an_epoch_goes_through_all_examples_once_in_a_new_order():
    # 1,024 examples are 8 batches of 128.
    drawn = list(batches(1024, Recipe(steps=16), 0))
    epochs = torch.cat(drawn[:8]), torch.cat(drawn[8:])
    assert all(torch.equal(epoch.sort().values, torch.arange(1024)) for epoch in epochs)
    assert not torch.equal(*epochs)


def test_a_training_learns():
    network = small("micro201")
    outcome = train_alone(network, ROW, Recipe(steps=60), 0)
    assert outcome.test_accuracy > 0.4
    assert outcome.test_loss < 2.0


def test_evaluation_is_by_batches_of_a_thousand():
    network = small("micro201")
    weights = fit(network, ROW, SHORT, 0)
    examples = overlay("test")
    accuracy, loss = evaluate(network, weights, ROW, examples)
    logits = torch.cat(
        [network.forward(weights, ROW, images) for images in examples.images.split(1000)]
    )
    right = (logits.argmax(1) == examples.labels).sum().item()
    assert accuracy == right / 4000
    assert loss == pytest.approx(
        torch.nn.functional.cross_entropy(logits, examples.labels).item(), rel=1e-5
    )


def test_a_dead_architecture_stays_at_chance():
    dead = (0, 0, 3, 0, 3, 2)
    outcome = train_alone(small("micro201"), dead, Recipe(steps=3), 0)
    assert outcome.test_loss == pytest.approx(torch.log(torch.tensor(10.0)).item())
    fresh = small("micro201").weights(generator(0, "supernet/truth/micro201/weights/003032"), dead)
    assert fresh.keys() == {"head"}

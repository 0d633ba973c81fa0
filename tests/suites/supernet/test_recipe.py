"""The learning rate at each step."""

import pytest

from suites.supernet.recipe import Recipe


def test_the_rate_rises_over_ten_steps_and_falls_along_a_cosine():
    recipe = Recipe(steps=210, rate=0.01)
    # Step 0: 1/10; step 9: 10/10; step 10 begins the cosine at its top; step 110 is half way.
    assert recipe.rate_at(0) == pytest.approx(0.001)
    assert recipe.rate_at(9) == recipe.rate_at(10) == 0.01
    assert recipe.rate_at(110) == pytest.approx(0.005)
    assert 0 < recipe.rate_at(209) < 1e-6


def test_a_training_shorter_than_its_warm_up_never_leaves_it():
    assert [Recipe(steps=2, rate=1.0).rate_at(step) for step in (0, 1)] == [0.1, 0.2]

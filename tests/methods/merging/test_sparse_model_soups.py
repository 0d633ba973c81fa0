"""methods.merging.sparse_model_soups: one mask for all copies, sparser phase by phase."""

import pytest
import torch
from torch import nn

from methods.merging.sparse_model_soups import largest, sparse_model_soups
from suites.merging.tiny import tiny_problem
from suites.merging.vectors import average, linear_layers

DEFAULTS = {
    "sparsity": 0.7,
    "phases": 3,
    "copies": 3,
    "steps": 2,
    "images": 8,
    "rate": 1e-3,
    "decay": 0.01,
    "examples": 8,
}


class Two(nn.Module):
    """Two layers and a norm, of which only the layers' weights are pruned."""

    def __init__(self):
        super().__init__()
        self.first = nn.Linear(2, 2)
        self.norm = nn.LayerNorm(2)
        self.second = nn.Linear(2, 1)


def test_the_smallest_of_all_layers_are_pruned_and_nothing_else():
    # Magnitudes 1 2 3 4 and 5 6: half of six are three, so 1, 2 and 3 go.
    state = {name: torch.zeros_like(t) for name, t in Two().state_dict().items()}
    state["first.weight"] = torch.tensor([[1.0, -2.0], [-4.0, 3.0]])
    state["second.weight"] = torch.tensor([[5.0, -6.0]])
    masks = largest(Two(), state, 0.5)
    assert {name: mask.tolist() for name, mask in masks.items()} == {
        "first.weight": [[False, False], [True, False]],
        "second.weight": [[True, True]],
    }


def test_at_no_sparsity_all_stay_and_at_full_sparsity_one_does():
    state = {name: torch.zeros_like(t) for name, t in Two().state_dict().items()}
    state["first.weight"] = torch.tensor([[1.0, -2.0], [-4.0, 3.0]])
    state["second.weight"] = torch.tensor([[5.0, -6.0]])
    assert all(mask.all() for mask in largest(Two(), state, 0.0).values())
    assert sum(int(mask.sum()) for mask in largest(Two(), state, 1.0).values()) == 1


@pytest.mark.parametrize("sparsity", [0.3, 0.7])
def test_the_result_is_as_sparse_as_asked_for(sparsity):
    problem = tiny_problem()
    found = sparse_model_soups(problem, **(DEFAULTS | {"sparsity": sparsity}))
    weights = torch.cat(
        [found[name].reshape(-1) for name, _ in linear_layers(problem.model, found)]
    )
    zeros = float((weights == 0).double().mean())
    assert zeros == pytest.approx(sparsity, abs=1 / len(weights))


def test_without_retraining_it_is_the_pruned_average():
    # Pruning by thirds prunes the smallest in the end: 1 - (1 - s)^(j/3) grows to s.
    problem = tiny_problem()
    found = sparse_model_soups(problem, **(DEFAULTS | {"steps": 0}))
    soup = average(problem.experts)
    masks = largest(problem.model, soup, 0.7)
    for name, tensor in soup.items():
        expected = tensor * masks[name] if name in masks else tensor
        assert torch.allclose(found[name], expected, atol=1e-6), name


def test_of_one_phase_and_one_copy_it_is_a_pruned_fine_tuning():
    problem = tiny_problem(needs=("labels",))
    one = sparse_model_soups(problem, **(DEFAULTS | {"phases": 1, "copies": 1}))
    masks = largest(problem.model, average(problem.experts), 0.7)
    for name, mask in masks.items():
        assert not one[name][~mask].any()
        assert one[name][mask].all()

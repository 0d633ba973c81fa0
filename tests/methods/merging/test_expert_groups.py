"""M-SMoE, MC-SMoE and their baselines: groups by routing, and what becomes of a group."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from methods.merging.expert_average import expert_average
from methods.merging.expert_pruning import expert_pruning
from methods.merging.m_smoe import m_smoe
from methods.merging.mc_smoe import compress, mc_smoe
from suites.merging.expert_groups import aligned_experts, leaders, likeness, merge_groups, usage
from suites.merging.mixture.networks import EXPERT, ExpertNet
from suites.merging.problem import MergingProblem
from suites.merging.routing import Routing

SETTINGS = {"each": 2}
# Inputs are rows of the router's scores themselves. Expert 0 is used by 4, 2 by 2, 1 and 3 by 1.
SCORES = torch.tensor(
    [[9.0, 8, 0, 0]] * 4 + [[0.0, 0, 9, 8]] * 2 + [[8.0, 9, 0, 0]] + [[0.0, 0, 8, 9]]
)


def mixture(states):
    model = ExpertNet(4, 3, len(states[0]["wi.weight"]), 4, 2)
    return MergingProblem(model, states, routing=Routing(SCORES, lambda x: x))


def drawn(seed=0, hidden=5):
    generator = torch.Generator().manual_seed(seed)
    shapes = {"wi.weight": (hidden, 3), "wo.weight": (3, hidden)}
    return [
        {name: torch.randn(shapes[name], generator=generator) for name in EXPERT} for _ in range(4)
    ]


def permuted(state, order):
    return {"wi.weight": state["wi.weight"][order], "wo.weight": state["wo.weight"][:, order]}


def test_use_and_likeness_by_hand():
    assert usage(SCORES).tolist() == [0.5, 0.125, 0.25, 0.125]
    # expert 0 has (9, 9, 9, 9, 0, 0, 8, 0), expert 1 (8, 8, 8, 8, 0, 0, 9, 0): 4 * 72 + 72 = 360
    # over sqrt(388) sqrt(337) = 361.6; with experts 2 and 3 they share no input
    alike = likeness(SCORES)
    assert float(alike[0, 1]) == pytest.approx(360 / (388 * 337) ** 0.5, abs=1e-6)
    assert float(alike[0, 2]) == 0


def test_the_most_used_lead_and_others_join_the_one_they_are_like():
    assert leaders(usage(SCORES), likeness(SCORES), 2).tolist() == [0, 0, 2, 2]
    assert leaders(usage(SCORES), likeness(SCORES), 4).tolist() == [0, 1, 2, 3]
    assert leaders(usage(SCORES), likeness(SCORES), 1).tolist() == [0, 0, 0, 0]


def test_a_group_is_weighted_by_use_by_hand():
    # experts 1 and 6 used .75 and .25: (.75 * 1 + .25 * 6) = 2.25; a group nobody uses: (4 + 8) / 2
    states = [{"w": torch.tensor([x])} for x in (1.0, 6.0, 4.0, 8.0)]
    merged = merge_groups(states, torch.tensor([0, 0, 2, 2]), torch.tensor([0.75, 0.25, 0, 0]))
    assert [state["w"].item() for state in merged] == [2.25, 2.25, 6, 6]


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 99))
def test_experts_that_differ_in_the_order_of_units_alone_are_merged_without_loss(seed):
    (first, *_), generator = drawn(seed), torch.Generator().manual_seed(seed)
    orders = [torch.randperm(5, generator=generator) for _ in range(3)]
    problem = mixture([first, *(permuted(first, order) for order in orders)])
    for state in [*aligned_experts(problem), *m_smoe(problem, **SETTINGS)]:
        for name in EXPERT:
            assert torch.allclose(state[name], first[name], atol=1e-6)


def test_groups_share_a_state_and_differ_from_each_other():
    for merge in (m_smoe, expert_average, expert_pruning):
        states = merge(mixture(drawn()), **SETTINGS)
        assert torch.equal(states[0]["wi.weight"], states[1]["wi.weight"])
        assert torch.equal(states[2]["wo.weight"], states[3]["wo.weight"])
        assert not torch.equal(states[0]["wi.weight"], states[2]["wi.weight"])


def test_as_many_groups_as_experts_change_no_experts_function():
    experts, x = drawn(), torch.randn(6, 3)
    for before, after in zip(experts, m_smoe(mixture(experts), each=1), strict=True):
        answers = [(x @ s["wi.weight"].T).relu() @ s["wo.weight"].T for s in (before, after)]
        assert torch.allclose(*answers, atol=1e-5)


def test_the_baselines_by_hand():
    experts = drawn()
    pruned = expert_pruning(mixture(experts), **SETTINGS)
    assert torch.equal(pruned[1]["wi.weight"], experts[0]["wi.weight"])
    mean = (experts[2]["wi.weight"] + experts[3]["wi.weight"]) / 2
    averaged = expert_average(mixture(experts), **SETTINGS)
    assert torch.allclose(averaged[3]["wi.weight"], mean)


def test_a_matrix_becomes_a_low_rank_and_its_largest_rows_by_hand():
    # diag(4, 2, 1) at rank a third: diag(4, 0, 0); left diag(0, 2, 1), of which a third, one row,
    # stays: the second
    found = compress(torch.diag(torch.tensor([4.0, 2, 1])), 3, 1 / 3)
    assert torch.allclose(found, torch.diag(torch.tensor([4.0, 2, 0])), atol=1e-6)
    whole = torch.randn(4, 3)
    assert torch.allclose(compress(whole, 1, 0.1), whole, atol=1e-5)
    assert torch.allclose(compress(whole, 10, 1.0), whole, atol=1e-5)


def test_compression_cuts_the_rank_of_what_was_merged():
    problem = mixture(drawn(hidden=20))
    for state in mc_smoe(problem, **SETTINGS, thinning=3, rows=0.05):
        assert int(torch.linalg.matrix_rank(state["wi.weight"])) <= 2  # rank 1, and one row

"""methods.merging.twin_merging and one_bit: what is kept of an expert, and who is routed to it."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from methods.merging.one_bit import one_bit, quantise
from methods.merging.task_arithmetic import task_arithmetic
from methods.merging.twin_merging import compress, twin_merging
from suites.merging.evaluation import Examples, logits
from suites.merging.problem import MergingProblem
from suites.merging.task_router import features, learn_tasks, start, task_scores
from suites.merging.tiny import tiny_problem
from tests.methods.merging.kinds import problem_of


def apart():
    """A tiny problem whose tasks a router can tell: expert i's inputs are around 3i - 3."""
    problem = tiny_problem()
    pools = [
        Examples(pool.inputs + 3.0 * i - 3, pool.classes, pool.labels)
        for i, pool in enumerate(problem._calibration)
    ]
    return MergingProblem(
        problem.model,
        problem.experts,
        pretrained=problem.pretrained,
        calibration=pools,
        validation=pools,
    )


def test_a_matrix_becomes_its_signs_and_its_mean_size_by_hand():
    # t = (2, -1; 0, 1): mean |t| = 1, so theta_0 + (1, -1; 1, 1), as one bit can't tell that a
    # weight stayed as it was. The bias stays the expert's.
    pretrained = {"w": torch.full((2, 2), 5.0), "b": torch.zeros(2)}
    expert = {"w": torch.tensor([[7.0, 4], [5, 6]]), "b": torch.tensor([3.0, -4])}
    state = quantise(expert, pretrained)
    assert state["w"].tolist() == [[6, 4], [6, 6]]
    assert state["b"].tolist() == [3, -4]


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 99), st.floats(0.1, 3))
def test_no_other_scale_of_the_signs_is_nearer(seed, factor):
    generator = torch.Generator().manual_seed(seed)
    change = torch.randn(4, 5, generator=generator)
    kept = quantise({"w": change}, {"w": torch.zeros(4, 5)})["w"]
    assert (kept - change).norm() <= (factor * kept - change).norm() + 1e-6


def test_a_matrix_is_cut_to_a_share_of_its_directions_by_hand():
    # diag(4, 3, 2, 1) at a half: the first two. At a tenth of four still one.
    matrix = torch.diag(torch.tensor([4.0, 3, 2, 1]))
    assert torch.allclose(
        compress(matrix, 0.5), torch.diag(torch.tensor([4.0, 3, 0, 0])), atol=1e-5
    )
    assert torch.allclose(
        compress(matrix, 0.1), torch.diag(torch.tensor([4.0, 0, 0, 0])), atol=1e-5
    )


def test_vectors_stay_whole_and_kernels_keep_their_shape():
    vector, kernel = torch.randn(5), torch.randn(4, 2, 3, 3)
    assert torch.equal(compress(vector, 0.1), vector)
    assert compress(kernel, 0.5).shape == kernel.shape
    assert torch.equal(compress(kernel, 1.0), kernel)


def test_a_router_learns_which_task_an_input_is_of():
    problem = apart()
    inputs = [problem.unlabeled(i, 32) for i in range(3)]
    known = torch.cat([features(problem.model, problem.pretrained, x) for x in inputs])
    tasks = torch.arange(3).repeat_interleave(32)
    learnt = learn_tasks(known, tasks, 3, 100, problem.generator)
    assert float((task_scores(learnt, known).argmax(1) == tasks).float().mean()) > 0.9


def test_a_router_that_hasnt_learnt_normalises_by_mean_0_and_variance_1():
    # Weights 1, biases 0: x = 2 -> 2 / sqrt(1 + 1e-5), twice over, then summed over one unit.
    learnt = start(1, 1, 1, torch.Generator())
    for name in ("1", "2", "3"):
        learnt[f"{name}.weight"].fill_(1)
        learnt[f"{name}.bias"].fill_(0)
    assert task_scores(learnt, torch.tensor([[2.0]])).item() == pytest.approx(2 / (1 + 1e-5))
    # Leaky relu: -2 becomes -.02, and then -.0002.
    assert task_scores(learnt, torch.tensor([[-2.0]])).item() == pytest.approx(-2e-4, rel=1e-3)


def test_features_are_what_the_classifier_is_given():
    problem = tiny_problem()
    x = problem.unlabeled(0, 4)
    known = features(problem.model, dict(problem.model.named_parameters()), x)
    assert torch.allclose(known, problem.model.features(x), atol=1e-6)
    assert features(problem_of().model, {}, torch.randn(3, 2, 4, 4)).shape == (3, 4)


def test_an_input_runs_on_the_compressed_expert_of_its_task():
    problem = apart()
    router = one_bit(problem, router_steps=100, examples=32)
    for i, expert in enumerate(problem.experts):
        inputs = problem.unlabeled(i, 32)
        own = logits(problem.model, quantise(expert, problem.pretrained), inputs)
        same = (router(inputs, 0) - own).abs().amax(1) < 1e-4
        assert float(same.float().mean()) > 0.9


def test_at_full_rank_one_expert_alone_is_found_exactly():
    # theta_* + v_1 = theta_1, whatever the scale.
    problem = tiny_problem(experts=1)
    router = twin_merging(problem, scale=0.3, rank=1.0, router_steps=2, examples=8)
    inputs = problem.unlabeled(0, 8)
    own = logits(problem.model, problem.experts[0], inputs)
    assert torch.allclose(router(inputs, 0), own, atol=1e-4)


def test_at_full_rank_an_inputs_own_expert_weighs_most():
    problem = apart()
    router = twin_merging(problem, scale=0.3, rank=1.0, router_steps=300, examples=32)
    for i, expert in enumerate(problem.experts):
        inputs = problem.unlabeled(i, 32)
        own = logits(problem.model, expert, inputs)
        shared = logits(problem.model, task_arithmetic(problem, scale=0.3), inputs)
        assert (router(inputs, 0) - own).norm() < 0.7 * (shared - own).norm()


def test_scores_dont_depend_on_the_task_that_is_named_or_on_other_inputs():
    problem = apart()
    inputs = problem.unlabeled(0, 32)
    for router in (
        one_bit(problem, router_steps=10, examples=32),
        twin_merging(problem, scale=0.3, rank=0.5, router_steps=10, examples=32),
    ):
        assert torch.equal(router(inputs, 0), router(inputs, 2))
        assert torch.allclose(router(inputs, 0)[5], router(inputs[5:6], 0)[0], atol=1e-4)


def test_no_label_is_asked_for():
    for merge, more in ((one_bit, {}), (twin_merging, {"scale": 0.3, "rank": 0.1})):
        problem = tiny_problem(needs=["pretrained", "unlabeled"])
        merge(problem, router_steps=2, examples=8, **more)
        assert problem.data_used == "unlabeled"

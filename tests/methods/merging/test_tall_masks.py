"""methods.merging.tall_masks: what the masks find again in the summed changes.

The paper's claim is tried on networks trained here: a perceptron that knows ten handwritten digits
is fine-tuned for five pairs of them, each pair turned or inverted in its own way.
"""

import pytest
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.func import functional_call
from torch.nn.functional import cross_entropy

from methods.merging.tall_masks import locate, tall_masks
from suites.merging.problem import MergingProblem
from suites.merging.tiny import tiny_problem
from suites.merging.vectors import average, flatten

VIEWS = [
    lambda images: images.flip(1),
    lambda images: images.flip(2),
    lambda images: images.transpose(1, 2),
    lambda images: images.rot90(1, (1, 2)),
    lambda images: 1 - images,
]
LAMBDAS = (0.2, 0.3, 0.4, 0.5, 0.6)


def test_three_experts_of_four_weights_by_hand():
    # threshold 0.5, theta_0 = 1:
    #   t   = 7 5 2 0
    #   t_1 = 4 4 1  2   0.5 |t - t_1| = 1.5 0.5 0.5 1   mask 1 1 1 1   theta = 8 6 3 1
    #   t_2 = 2 1 1 -2   0.5 |t - t_2| = 2.5 2   0.5 1   mask 0 0 1 1   theta = 1 1 3 1
    #   t_3 = 1 0 0  0   0.5 |t - t_3| = 3   2.5 1   0   mask 0 0 0 0   theta = 1 1 1 1
    start = torch.ones(4)
    changes = [[4.0, 4, 1, 2], [2, 1, 1, -2], [1, 0, 0, 0]]
    experts = [{"w": start + torch.tensor(change)} for change in changes]
    problem = MergingProblem(torch.nn.Identity(), experts, pretrained={"w": start})
    states = tall_masks(problem, threshold=0.5)
    assert [state["w"].tolist() for state in states] == [[8, 6, 3, 1], [1, 1, 3, 1], [1, 1, 1, 1]]


def test_changes_that_dont_overlap_are_found_exactly():
    # Expert i alone changes weights 3i to 3i + 2, as the paper's "non-overlapping supports".
    start = torch.zeros(9)
    experts = []
    for i in range(3):
        weights = start.clone()
        weights[3 * i : 3 * i + 3] = torch.tensor([1.0, -2, 3]) * (i + 1)
        experts.append({"w": weights})
    problem = MergingProblem(torch.nn.Identity(), experts, pretrained={"w": start})
    for state, expert in zip(tall_masks(problem, threshold=0.4), experts, strict=True):
        assert torch.equal(state["w"], expert["w"])


def test_one_expert_alone_is_found_exactly():
    problem = tiny_problem(experts=1)
    (state,) = tall_masks(problem, threshold=0.4)
    assert torch.allclose(flatten(state), flatten(problem.experts[0]), atol=1e-6)


def test_a_higher_threshold_gives_smaller_masks():
    changes = torch.randn(4, 1000, generator=torch.Generator().manual_seed(0))
    low, high = (locate(changes, changes.sum(0), threshold) for threshold in (0.2, 0.6))
    assert high.sum() < low.sum()
    assert not (high & ~low).any()


def test_the_states_come_in_the_experts_order():
    problem = tiny_problem(experts=3)
    states = [flatten(s) for s in tall_masks(problem, threshold=0.4)]
    problem.experts.reverse()
    turned = [flatten(s) for s in tall_masks(problem, threshold=0.4)]
    pairs = zip(states, reversed(turned), strict=True)
    assert all(torch.allclose(one, other, atol=1e-6) for one, other in pairs)


def pair(task, part):
    """Images and labels of a pair of digits in its view: for training, choosing or testing."""
    pixels, digits = load_digits(return_X_y=True)
    images, labels = torch.tensor(pixels).float().view(-1, 8, 8) / 16, torch.tensor(digits)
    mine = labels // 2 == task
    images, labels = VIEWS[task](images[mine]), labels[mine] % 2
    sizes = {
        "training": slice(0, None, 2),
        "choosing": slice(1, None, 4),
        "test": slice(3, None, 4),
    }
    return images[sizes[part]], labels[sizes[part]]


def fit(network, task, steps, generator):
    """Fine-tune on a pair of digits, or train on all ten where task is None; return the state."""
    if task is None:
        pixels, digits = load_digits(return_X_y=True)
        images, labels = torch.tensor(pixels).float().view(-1, 8, 8) / 16, torch.tensor(digits)
        outputs = slice(None)
    else:
        images, labels = pair(task, "training")
        outputs = slice(2 * task, 2 * task + 2)
        network[-1].requires_grad_(False)
    parameters = [p for p in network.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(parameters, lr=1e-3 if task is None else 5e-4)
    for _step in range(steps):
        batch = torch.randint(len(images), (32,), generator=generator)
        optimizer.zero_grad()
        cross_entropy(network(images[batch])[:, outputs], labels[batch]).backward()
        optimizer.step()
    return {name: p.detach().clone() for name, p in network.named_parameters()}


@pytest.fixture(scope="module")
def digits():
    """(the network, a problem of five experts trained from one pretrained state)."""
    generator = torch.Generator().manual_seed(0)
    layers = [nn.Linear(64, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 10)]
    network = nn.Sequential(nn.Flatten(), *layers)
    with torch.no_grad():
        for layer in layers[::2]:
            layer.weight.normal_(0, layer.in_features**-0.5, generator=generator)
            layer.bias.zero_()
    start = fit(network, None, 150, generator)
    experts = []
    for task in range(len(VIEWS)):
        network.load_state_dict(start)
        experts.append(fit(network, task, 80, generator))
    return network, MergingProblem(network, experts, pretrained=start)


def accuracy(network, state, task, part):
    images, labels = pair(task, part)
    with torch.no_grad():
        scores = functional_call(network, state, (images,))[:, 2 * task : 2 * task + 2]
    return float((scores.argmax(1) == labels).double().mean())


def test_it_recovers_each_task_above_99_percent_of_its_expert(digits):
    # As in the paper each task has the lambda that its validation images prefer.
    network, problem = digits
    choices = [tall_masks(problem, threshold=value) for value in LAMBDAS]
    mean = average(problem.experts)
    recovered, averaged = [], []
    for task, expert in enumerate(problem.experts):
        masked = [states[task] for states in choices]
        best = max(masked, key=lambda state: accuracy(network, state, task, "choosing"))
        whole = accuracy(network, expert, task, "test")
        recovered.append(accuracy(network, best, task, "test") / whole)
        averaged.append(accuracy(network, mean, task, "test") / whole)
    assert sum(recovered) / len(recovered) > 0.99
    assert sum(averaged) / len(averaged) < 0.8  # what one set of weights for all keeps

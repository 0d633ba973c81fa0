"""Fisher merging and RegMean beside fusion-bench 0.2.33: the statistics, and the merge of them.

fusion-bench takes them from modules and trainers of Hugging Face's kind; here a trainer is no more
than the task's examples in batches. Not here: methods without examples (test_fusion_bench.py).
"""

from __future__ import annotations

import copy
from types import SimpleNamespace

import pytest
import torch
from torch import Tensor, nn

from methods.merging.fisher import fisher
from methods.merging.regmean import regmean, solve_layer
from suites.merging.problem import MergingProblem
from suites.merging.tiny import tiny_problem
from suites.merging.vectors import State
from tests.crosscheck.agreement import assert_differs, assert_same
from tests.crosscheck.comparisons import compared
from tests.crosscheck.others import quiet

EXAMPLES = 32
FLOOR = 1e-3
INVERSE = 1e-3
"""Relative tolerance of RegMean: theirs inverts in float32, ours solves in double precision."""


class Classifier(nn.Module):
    """An expert as fusion-bench runs it: logits of its task's classes."""

    def __init__(self, problem: MergingProblem, expert: int) -> None:
        super().__init__()
        self.network = copy.deepcopy(problem.model)
        self.network.load_state_dict(problem.experts[expert], strict=False)
        self.classes = problem.classes(expert)

    def forward(self, images: Tensor) -> SimpleNamespace:
        return SimpleNamespace(logits=self.network(images)[:, self.classes])


def trainer(inputs: Tensor, batch: int) -> SimpleNamespace:
    return SimpleNamespace(
        get_train_dataloader=lambda: [{"images": images} for images in inputs.split(batch)],
        _prepare_inputs=lambda images: images,
        _train_batch_size=batch,
    )


def as_they_take_them(problem: MergingProblem, batch: int) -> dict:
    """The experts' modules, and their trainers."""
    count = range(len(problem.experts))
    return {
        "models_to_merge": [Classifier(problem, i) for i in count],
        "trainers": [trainer(problem.unlabeled(i, EXAMPLES), batch) for i in count],
        "exclude_param_names_regex": ["network.head"],
    }


def merged_state(parameters: State) -> State:
    return {name.removeprefix("network."): t.detach() for name, t in parameters.items()}


def with_fishers(problem: MergingProblem, fishers: list[State]) -> MergingProblem:
    """The problem, except that it gives these as Fisher information."""
    problem._fishers = {(i, EXAMPLES): information for i, information in enumerate(fishers)}
    return problem


@compared(
    "fisher",
    "fusion-bench `merging_with_fisher_weights`",
    differs="fusion-bench adds the floor to the Fisher information, we raise what lies below it; "
    "given information that is above it already, the same",
)
@pytest.mark.parametrize("normalise", [False, True])
def test_fisher_merging_agrees_with_fusion_bench_once_the_floor_is_added(normalise):
    from fusion_bench.method.fisher_merging.fisher_merging import merging_with_fisher_weights

    problem = tiny_problem()
    fishers = [problem.fisher(i, EXAMPLES) for i in range(3)]
    theirs = merging_with_fisher_weights(
        {name: [e[name] for e in problem.experts] for name in problem.pretrained},
        fishers,
        torch.ones(3) / 3,
        normalize_fisher_weight=normalise,
        minimal_fisher_weight=FLOOR,
    )
    ours = fisher(problem, floor=FLOOR, normalise=normalise, examples=EXAMPLES)
    assert_differs(ours, theirs, problem)
    norms = [torch.cat([f.reshape(-1) for f in i.values()]).norm() for i in fishers]
    weights = [1 / float(norm + FLOOR) if normalise else 1.0 for norm in norms]
    added = [
        {name: (f + FLOOR) * w for name, f in information.items()}
        for information, w in zip(fishers, weights, strict=True)
    ]
    ours = fisher(with_fishers(problem, added), floor=1e-12, normalise=False, examples=EXAMPLES)
    assert_same(ours, theirs, problem)


@compared(
    "fisher",
    "fusion-bench `fisher_merging`, its statistics",
    differs="fusion-bench squares one gradient of a batch, of sum_x sum_c sqrt(p_c) log p_c, we "
    "each class's and example's; given their squares, the same",
)
def test_fisher_merging_agrees_with_fusion_bench_once_it_squares_sums():
    # The square of a sum has cross terms that the definition hasn't, in which classes and examples
    # cancel or add up; smaller batches have fewer, and no batch size has none.
    from fusion_bench.method.fisher_merging.fisher_merging import fisher_merging

    problem = tiny_problem()
    options = {"normalize_fisher_weight": False, "minimal_fisher_weight": 1e-9}
    with quiet():
        theirs = merged_state(
            fisher_merging(
                **as_they_take_them(problem, batch=8),
                nums_fisher_examples=[EXAMPLES] * 3,
                **options,
            )
        )
    ours = fisher(problem, floor=1e-9, normalise=False, examples=EXAMPLES)
    assert_differs(ours, theirs, problem)
    squared = [squares_of_batches(problem, i, batch=8) for i in range(3)]
    ours = fisher(with_fishers(problem, squared), floor=1e-12, normalise=False, examples=EXAMPLES)
    assert_same(ours, theirs, problem, relative=1e-3)


def squares_of_batches(problem: MergingProblem, expert: int, batch: int) -> State:
    """sum over batches of (d sum_x sum_c sqrt(p_c) log p_c)^2 / examples, plus their floor."""
    classifier = Classifier(problem, expert)
    total = {name: torch.zeros_like(tensor) for name, tensor in problem.pretrained.items()}
    for images in problem.unlabeled(expert, EXAMPLES).split(batch):
        log_p = classifier(images).logits.log_softmax(-1)
        classifier.zero_grad()
        (log_p.detach().exp().sqrt() * log_p).sum().backward()
        for name in total:
            gradient = classifier.network.get_parameter(name).grad
            assert gradient is not None
            total[name] += gradient.square() / EXAMPLES
    return {name: tensor + 1e-9 for name, tensor in total.items()}  # their floor


@compared("regmean", "fusion-bench `regmean_merging`, statistics and merge")
@pytest.mark.parametrize("alpha", [0.1, 0.9])
def test_regmean_is_fusion_benchs(alpha):
    from fusion_bench.method.regmean.regmean import regmean_merging

    problem = tiny_problem()
    with quiet(), torch.no_grad():
        theirs = merged_state(
            regmean_merging(
                **as_they_take_them(problem, batch=8),
                nums_regmean_examples=[EXAMPLES] * 3,
                reduce_non_diagonal_ratio=alpha,
            )
        )
    ours = regmean(problem, alpha=alpha, examples=EXAMPLES)
    assert_same(ours, theirs, problem, relative=INVERSE)


@compared(
    "regmean",
    "fusion-bench `merging_with_regmean_weights`, an input that is always zero",
    differs="fusion-bench can't invert the sum of Gram matrices, we average that input's weights; "
    "for the other inputs the same",
)
def test_regmean_of_an_input_never_seen_has_no_inverse_in_fusion_bench():
    from fusion_bench.method.regmean.regmean import merging_with_regmean_weights

    generator = torch.Generator().manual_seed(0)
    inputs = [torch.randn(50, 6, generator=generator) for _ in range(3)]
    weights = [torch.randn(4, 6, generator=generator) for _ in range(3)]
    for x in inputs:
        x[:, 2] = 0
    grams = [x.T @ x / len(x) for x in inputs]
    with pytest.raises(torch.linalg.LinAlgError):
        merging_with_regmean_weights({"layer.weight": weights}, [{"layer": g} for g in grams])
    ours = solve_layer(grams, weights)
    seen = [0, 1, 3, 4, 5]
    theirs = merging_with_regmean_weights(
        {"layer.weight": [w[:, seen] for w in weights]},
        [{"layer": g[seen][:, seen]} for g in grams],
    )
    assert torch.allclose(ours[:, seen], theirs["layer.weight"], atol=1e-4)
    assert torch.allclose(ours[:, 2], torch.stack(weights).mean(0)[:, 2])

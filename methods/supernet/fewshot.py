"""Few-shot NAS: one edge's operators are taken apart, and each has a supernet of its own.

A base supernet trains on uniform paths. Then one place is split: child c starts from the base's
weights and trains on the paths that take choice c there, for half the base's length and with a
learning rate of its own from its highest to 0. An architecture is scored by the validation loss of
its path in its own child.
With n choices the base takes 2 / (n + 2) of the budget, each child 1 / (n + 2). The place is the
first, 1<-0, as in the released code for NAS-Bench-201 (github.com/aoiang/few-shot-NAS,
Few-Shot_NasBench201/exps/supernet); the paper finds that it matters little which.
"""

from bench import method
from suites.supernet.children import Child, losses
from suites.supernet.paths import drawing, every, fixed
from suites.supernet.problem import Rows, Scorer, SupernetProblem
from suites.supernet.training import train

PLACE = 0
"""Whose choices are split."""


@method(
    name="fewshot",
    title="Few-shot NAS",
    paper=("Few-shot Neural Architecture Search", 2020, "https://arxiv.org/abs/2006.06863"),
    needs=["images", "budget", "operators"],
    track="unlabelled",
)
def fewshot(problem: SupernetProblem) -> Scorer:
    """Train a base, then a child for each choice of one place."""
    network, generator = problem.network, problem.generator
    choices = range(len(network.space.choices[PLACE]))
    parts = len(choices) + 2
    base = network.weights(generator)
    train(problem, base, lambda: network.sample(generator, 1), upto=2 / parts)
    children = []
    for choice in choices:
        allowed = fixed(every(network.space), PLACE, [choice])
        weights = {name: weight.clone() for name, weight in base.items()}
        train(problem, weights, drawing(allowed, generator), upto=(3 + choice) / parts)
        children.append(Child(allowed, weights))

    def scorer(architectures: Rows) -> object:
        return -losses(problem, children, architectures)

    return scorer

"""BigNAS: each step trains the largest network on labels, others on what it answers.

    total = grad CE(largest, labels smoothed by .1)
          + sum over 2 drawn and the smallest of grad KL(largest's answers || path's answers)

The largest's answers are those of the same batch, taken as constants (BigNAS: sandwich rule and
inplace distillation). Gradients are summed, clipped together and applied once; a path is
scored by its validation loss.
BigNAS also initialises residual blocks by zero, holds the last rate, and regularises the largest
alone by dropout and decay; BatchNorm without scale has no zero to start from, the rate is every
method's here, and there is no dropout. BigNAS's own training isn't released; the step is that of
AttentiveNAS, which follows it (github.com/facebookresearch/AttentiveNAS, train_attentive_nas.py).
"""

from bench import method
from suites.supernet.optimiser import Optimiser, add
from suites.supernet.problem import Rows, Scorer, SupernetProblem
from suites.supernet.targets import smoothed
from suites.supernet.training import steps, update


@method(
    name="sandwich",
    title="BigNAS (sandwich)",
    paper=(
        "BigNAS: Scaling Up Neural Architecture Search with Big Single-Stage Models",
        2020,
        "https://arxiv.org/abs/2003.11142",
    ),
    needs=["images", "budget", "nested"],
    track="unlabelled",
    params={"drawn": 2, "smoothing": 0.1},
)
def sandwich(problem: SupernetProblem, *, drawn: int, smoothing: float) -> Scorer:
    """Train the largest, the smallest and some between, one update a step."""
    network, generator = problem.network, problem.generator
    largest, smallest = network.largest, network.smallest
    weights = network.weights(generator)
    optimiser = Optimiser(weights, problem.updates)
    for images, labels, share in steps(problem):
        students = [*network.sample(generator, drawn), smallest]
        if not problem.affords(sum(map(problem.cost, [largest, *students]))):
            break
        targets = smoothed(labels, network.classes, smoothing)
        teacher = problem.step(weights, largest, images, targets)
        answers = teacher.logits.softmax(1)
        total = teacher.gradients
        for student in students:
            # The gradient of KL and of cross-entropy are the same where the target is constant.
            add(total, problem.step(weights, student, images, answers).gradients)
        update(problem, optimiser, total, share)

    def scorer(architectures: Rows) -> object:
        return -problem.losses(weights, architectures)

    return scorer

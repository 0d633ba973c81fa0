"""PCB as in its vision experiments: agreement is measured on normalised changes.

As methods.merging.pcb, but inter_i = tanh(t_i * sum_j sign(t_j) minmax(|t_j|)) with |t_j| clipped,
1% of each tail is clipped, and r = keep = 0.05. Source: the vision_source_code/pcb.py that Du et
al. released, with its lambda = scale = 1.2 for all tasks; their search for one lambda a task lies
within 0.8 and 1.3. The grid here is wider in both, so that most tuned runs end inside it.
"""

from torch import Tensor

from bench import method
from methods.merging.pcb import balance, clip_tails, minmax
from suites.merging.problem import MergingProblem
from suites.merging.task_vectors import add_task_vector, task_vectors
from suites.merging.vectors import State, sum_tensors

CLIP = 0.01
"""The share of magnitudes in each tail that is clipped."""


@method(
    name="pcb_vision",
    title="PCB (vision code)",
    paper=("Parameter Competition Balancing", 2024, "https://arxiv.org/abs/2410.02396"),
    needs=["pretrained"],
    params={"keep": 0.05, "scale": 1.2},
    space={"keep": [0.02, 0.05, 0.1, 0.2, 0.4], "scale": [0.4, 0.8, 1.2, 1.6, 2.2]},
)
def pcb_vision(problem: MergingProblem, *, keep: float, scale: float) -> State:
    """Balance the task vectors against their normalised sum, then add the weighted mean."""

    def merge() -> Tensor:
        rivals = sum_tensors(normalise(change) for change in task_vectors(problem))
        return balance(problem, rivals, keep, CLIP)

    merged = problem.remember(("pcb_vision", keep), merge)
    return add_task_vector(problem.pretrained, merged, scale)


def normalise(change: Tensor) -> Tensor:
    """A task vector with its magnitudes clipped and moved to [0, 1], its signs kept."""
    return minmax(clip_tails(change.abs(), CLIP, CLIP)).mul_(change.sign())

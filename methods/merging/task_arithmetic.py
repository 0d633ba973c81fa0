"""Task arithmetic: add the scaled sum of the experts' changes to the pretrained model.

theta = theta_0 + scale * sum_i (theta_i - theta_0). Source: Ilharco et al., section 4 (addition);
`scale` is searched over 0, 0.1, ..., 1 as there (appendix B). The default 0.3 is what AdaMerging's
released code takes for the eight ViT-B/32 experts (src/main_task_arithmetic.py); the sum of more
experts may want less. 2KP FLOPs.
"""

from bench import method
from suites.merging.problem import MergingProblem
from suites.merging.task_vectors import merge_each_weight
from suites.merging.vectors import State


@method(
    name="task_arithmetic",
    title="Task arithmetic",
    paper=("Editing Models with Task Arithmetic", 2023, "https://arxiv.org/abs/2212.04089"),
    needs=["pretrained"],
    params={"scale": 0.3},
    space={"scale": [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]},
)
def task_arithmetic(problem: MergingProblem, *, scale: float) -> State:
    """Add `scale` times the sum of the task vectors."""
    return merge_each_weight(problem, lambda changes: changes.sum(0), scale)

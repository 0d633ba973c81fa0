"""WiSE-FT: go a share of the way from the pretrained weights to the fine-tuned ones.

theta = (1 - alpha) theta_0 + alpha theta_1; alpha = 0.5 where nothing is known of the shifts.
Source: Wortsman et al., section 3, and github.com/mlfoundations/wise-ft (src/wise_ft.py); they
recommend 0.5 and look at alphas from 0 to 1. They have one fine-tuning. Of several experts theta_1
is the average here (a soup in place of a single model, as the authors combine the two in "Model
soups"), so theta = theta_0 + (alpha / K) sum_i (theta_i - theta_0): task arithmetic, on the stretch
between theta_0 and the average. Of one expert it is the paper's. 2KP FLOPs.
"""

from bench import method
from suites.merging.problem import MergingProblem
from suites.merging.task_vectors import merge_each_weight
from suites.merging.vectors import State


@method(
    name="wise_ft",
    title="WiSE-FT (of the experts' average)",
    paper=("Robust fine-tuning of zero-shot models", 2022, "https://arxiv.org/abs/2109.01903"),
    needs=["pretrained"],
    params={"alpha": 0.5},
    space={"alpha": [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]},
)
def wise_ft(problem: MergingProblem, *, alpha: float) -> State:
    """Interpolate between the pretrained model and the average."""
    return merge_each_weight(problem, lambda changes: changes.mean(0), alpha)

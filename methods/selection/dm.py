"""DM: images whose mean features match the pool's in each class, under many untrained networks.

On a fresh network, with phi its features and omega one draw of an augmentation:
D = sum over classes of |mean phi(omega(real of c)) - mean phi(omega(made of c))|^2;
x <- x - rate dD/dx, momentum .5.
Source: Zhao and Bilen, equation 6 and algorithm 1; rate 1, from real images, as in
github.com/VICO-UoE/DatasetCondensation, main_DM.py. Short: 100 networks in place of 20,000, 64 real
images a class in place of 256.
"""

from bench import method
from suites.selection.distill.matching import match_means
from suites.selection.distill.problem import DistillProblem, Made


@method(
    name="dm",
    title="DM (short)",
    paper=(
        "Dataset Condensation with Distribution Matching",
        2023,
        "https://arxiv.org/abs/2110.04181",
    ),
    needs=["images", "labels"],
    params={"iterations": 100, "real": 64, "rate": 1.0},
    space={"rate": [0.3, 1.0, 3.0]},
    track="distill",
)
def dm(problem: DistillProblem, *, iterations: int, real: int, rate: float) -> Made:
    """Match class means of features under fresh networks."""
    images = match_means(problem, iterations=iterations, real=real, rate=rate)
    return Made(images, problem.made_labels)

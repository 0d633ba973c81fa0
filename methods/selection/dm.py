"""DM: images whose mean features match the pool's in each class, under many untrained networks.

On a fresh network, with phi its features:
D = sum over classes of |mean phi(omega(real of c)) - mean phi(omega(made of c))|^2;
x <- x - rate dD/dx, momentum .5. omega is nothing, or with `augment` one draw of DSA's
augmentations a step, those that leave the class as it is.
Source: Zhao and Bilen, equation 6 and algorithm 1; rate 1, from real images, as in
github.com/VICO-UoE/DatasetCondensation, main_DM.py. There omega is always drawn, anew for each
class, and evaluators see augmented images too; the suite's first don't. Short: 100 networks in
place of 20,000, 64 real images a class in place of 256. Of n images a class each has 1/n of the
gradient of their mean, and few steps must do: so rate n, by trial (python -m suites.selection.trial
dm --task distill-fashion-10). On validation images of Fashion, one draw, ConvNet-3 | others: at 1
image a class rates .3, 1, 3 have .680 | .477, .687 | .540, .665 | .574; at 10 rates 1, 10, 30 have
.758 | .707, .782 | .727, .780 | .713.
"""

from bench import method
from suites.selection.distill.augmentations import draw
from suites.selection.distill.matching import match_means
from suites.selection.distill.problem import DistillProblem, Made


@method(
    name="dm",
    title="DM (short, not augmented)",
    paper=(
        "Dataset Condensation with Distribution Matching",
        2023,
        "https://arxiv.org/abs/2110.04181",
    ),
    needs=[],
    params={"iterations": 100, "real": 64, "rate": 1.0, "augment": False},
    track="distill",
)
def dm(problem: DistillProblem, *, iterations: int, real: int, rate: float, augment: bool) -> Made:
    """Match class means of features under fresh networks."""
    images = match_means(
        problem,
        iterations=iterations,
        real=real,
        rate=rate * problem.per_class,
        augmentation=(lambda: draw(problem.generator, problem.strategies)) if augment else None,
    )
    return Made(images, problem.made_labels)

"""Rows that are no competitors but fix the scale of the selection tables.

Those of the track that chooses name a rule, which scoring applies: what they need are answers.
Those of the track that makes examples make them. Here: registering them. Not here: the rules
(suites.selection.choices), what is made (suites.selection.distill.references).
"""

from __future__ import annotations

from bench import reference
from suites.selection.distill import references as made
from suites.selection.distill.problem import DistillProblem, Made
from suites.selection.problem import SelectionProblem


@reference(
    name="chance",
    title="Chance",
    role="floor",
    meaning="one class for every image",
    tasks=["coreset-*", "distill-*"],
)
def chance(_problem: SelectionProblem | DistillProblem) -> str:
    """No training at all."""
    return "chance"


@reference(
    name="full",
    title="All, right",
    role="ceiling",
    meaning="the whole pool with right labels, in as many passes as a choice gets",
    tasks=["coreset-*", "debug-*", "distill-*"],
)
def full(_problem: SelectionProblem | DistillProblem) -> str:
    """What there is to be learnt of the pool."""
    return "full"


@reference(
    name="full_as_given",
    title="All, as given",
    role="floor",
    meaning="the whole pool with its labels as they are given",
    track="select",
    tasks=["coreset-noise", "coreset-fashion-noise", "debug-*"],
)
def full_as_given(_problem: SelectionProblem) -> str:
    """What choosing or setting right must be above."""
    return "full_as_given"


@reference(
    name="full_long",
    title="All, ten epochs",
    role="scale",
    meaning="the whole pool as it is given, trained for ten epochs",
    track="select",
    tasks=["coreset-*"],
)
def full_long(_problem: SelectionProblem) -> str:
    """What a choice saves from."""
    return "full_long"


@reference(
    name="random",
    title="Random",
    role="scale",
    meaning="examples of the pool drawn at random, the mean of three draws",
)
def random(problem: SelectionProblem | DistillProblem) -> str | Made:
    """What a choice must be above to have been worth anything."""
    return made.random(problem) if isinstance(problem, DistillProblem) else "random"


@reference(
    name="stratified",
    title="Random by class",
    role="scale",
    meaning="equally many of each class drawn at random, the mean of three draws",
    track="select",
    tasks=["coreset-*"],
)
def stratified(_problem: SelectionProblem) -> str:
    """What balancing alone gives."""
    return "stratified"


@reference(
    name="clean_random",
    title="Random, right",
    role="scale",
    meaning="examples with right labels drawn at random, the mean of three draws",
    track="select",
    tasks=["coreset-noise", "coreset-fashion-noise"],
)
def clean_random(_problem: SelectionProblem) -> str:
    """What leaving out wrong labels alone gives."""
    return "clean_random"


@reference(
    name="oracle",
    title="Target's own",
    role="ceiling",
    meaning="examples of the target's own domain, as far as they go, the mean of three draws",
    track="select",
    tasks=["targeted-*"],
)
def oracle(_problem: SelectionProblem) -> str:
    """What knowing the domain gives."""
    return "oracle"


@reference(
    name="kmeans",
    title="k-means",
    role="scale",
    meaning="the centres of k-means in pixels, a class at a time",
    track="distill",
    tasks=["distill-fashion-10"],  # of one image a class it is the class mean
)
def kmeans(problem: DistillProblem) -> Made:
    """Averages of parts of a class."""
    return made.kmeans(problem)


@reference(
    name="herding_of_real",
    title="Herding",
    role="scale",
    meaning="real images whose mean is nearest to their class's, chosen one after another",
    track="distill",
)
def herding_of_real(problem: DistillProblem) -> Made:
    """What choosing gives, where making is asked for."""
    return made.herding(problem)


@reference(
    name="random_soft",
    title="Random, soft labels",
    role="scale",
    meaning="images of the pool drawn at random with the teacher's probabilities for labels",
    track="distill",
)
def random_soft(problem: DistillProblem) -> Made:
    """What a teacher's labels alone give."""
    return made.random_soft(problem)

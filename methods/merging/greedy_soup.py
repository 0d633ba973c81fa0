"""Greedy soup: best expert first, add the next one only if validation strictly rises.

Order the experts by validation accuracy; ingredients = [the best]; for each further one, if the
average of the ingredients with it validates above the average without it, keep it.
Source: Wortsman et al., recipe 1 (and their released code, where the rise is strict).
Ordering K experts takes K validations and adding them K - 1; where the budget of trials ends
first, so does the soup, which the title says. Experts that validate alike stand in the given order.
"""

from bench import method
from suites.merging.problem import MergingProblem
from suites.merging.vectors import State, average


@method(
    name="greedy_soup",
    title="Greedy soup (until the trials end)",
    paper=("Model soups", 2022, "https://arxiv.org/abs/2203.05482"),
    needs=["validation"],
    traits=["order_matters"],
)
def greedy_soup(problem: MergingProblem) -> State:
    """Grow the average of the experts while validation rises."""
    accuracies = [problem.validate(expert) for expert in problem.experts]
    order = sorted(range(len(accuracies)), key=lambda i: -accuracies[i])
    ingredients, best = [problem.experts[order[0]]], accuracies[order[0]]
    soup = dict(ingredients[0])
    for i in order[1 : 1 + problem.trials_left]:
        candidate = average([*ingredients, problem.experts[i]])
        accuracy = problem.validate(candidate)
        if accuracy > best:
            ingredients.append(problem.experts[i])
            soup, best = candidate, accuracy
    return soup

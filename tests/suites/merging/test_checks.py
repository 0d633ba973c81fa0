"""What the checks of a merging method say of each breach, with the line of the breach."""

from __future__ import annotations

import pytest

from bench.contract.job import ContractError
from suites.merging.checks import check

GOOD = '''"""The mean of the task vectors, scaled."""

from bench import method
from suites.merging.task_vectors import add_task_vector, stack_task_vectors


@method(
    name="mine",
    title="Mine",
    paper=("On mine", 2026, "https://example.org"),
    needs=["pretrained"],
    params={"scale": 0.5},
    space={"scale": [0.5, 1.0]},
)
def mine(problem, *, scale):
    changes = stack_task_vectors(problem)
    changed = changes.mean(0)
    return add_task_vector(problem.pretrained, changed, scale)
'''

BREACHES = {
    # the clause: (old text, new text, the line, the sentence)
    "another name": (
        "    return add_task_vector(problem.pretrained, changed, scale)",
        '    return {"weight": changed}',
        18,
        "the method's state lacks ",
    ),
    "not a number": (
        "    return add_task_vector(",
        "    changed = changed / 0\n    return add_task_vector(",
        19,
        "numbers in 'position' are NaN or infinite",
    ),
    "many states in a track of one": (
        "    return add_task_vector(problem.pretrained, changed, scale)",
        "    return problem.experts",
        18,
        "the method returned more than one state, but its track is 'single'.",
    ),
    "a write in place": (
        "    changed = changes.mean(0)",
        "    for expert in problem.experts:\n"
        "        for tensor in expert.values():\n"
        "            tensor.mul_(2)\n"
        "    changed = changes.mean(0)",
        19,
        "the method changes what it is given: experts[0][",
    ),
    "draws from elsewhere": (
        "    changed = changes.mean(0)",
        "    import torch\n    changed = changes.mean(0) + torch.randn(())",
        15,
        "the same problem twice gave two results. Draw with generator=problem.generator",
    ),
    "draws undeclared": (
        "    changed = changes.mean(0)",
        "    import torch\n"
        "    changed = changes.mean(0) + torch.randn((), generator=problem.generator)",
        15,
        "it draws at random. Declare traits=['random'] in its @method line.",
    ),
    "draws nothing though declared": (
        'needs=["pretrained"]',
        'needs=["pretrained"], traits=["random"]',
        15,
        "traits holds 'random', but nothing is drawn. Take it out.",
    ),
    "a need for nothing": (
        'needs=["pretrained"]',
        'needs=["pretrained", "gram"]',
        15,
        "needs holds 'gram', but it is never asked for. Take it out.",
    ),
    "an order that matters": (
        "changes.mean(0)",
        "changes[0]",
        15,
        "the order of the experts changes the result. Declare traits=['order_matters']",
    ),
    "a hyperparameter for nothing": (
        "changed, scale)",
        "changed)",
        15,
        "the hyperparameter 'scale' changes nothing (1.0 tried beside 0.5). Use it, or take it "
        "out of params.",
    ),
}


@pytest.fixture
def checked(written):
    """Checks a file of that text: the method's entry, and the breaches."""

    def of(text):
        entry, function = written(text, "merging")
        return entry, check(function, entry)

    return of


def test_a_method_that_keeps_the_contract_has_no_breach(checked):
    assert checked(GOOD)[1] == []


@pytest.mark.parametrize(("old", "new", "line", "sentence"), BREACHES.values(), ids=BREACHES)
def test_a_breach_is_a_sentence_with_its_line(checked, old, new, line, sentence):
    assert GOOD.count(old) == 1
    entry, breaches = checked(GOOD.replace(old, new))
    assert len(breaches) == 1, breaches
    assert breaches[0].startswith(f"{entry.path}:{line}: ")
    assert sentence in breaches[0]


def test_an_undeclared_need_is_the_problem_s_own_error(checked):
    with pytest.raises(ContractError, match="Add 'pretrained' to needs in its @method line"):
        checked(GOOD.replace('needs=["pretrained"]', "needs=[]"))

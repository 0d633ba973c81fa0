"""What the checks of a method that makes examples say of each breach, with the function's line."""

from __future__ import annotations

import pytest

from suites.selection.distill.checks import check

GOOD = '''"""Random images, drawn towards their mean by how sure the teacher is of them."""

import torch

from bench import method
from suites.selection.distill.problem import Made


@method(
    name="mine",
    title="Mine",
    paper=("On mine", 2026, "https://example.org"),
    needs=["teacher"],
    params={"steps": 40, "rate": 0.5},
    space={"rate": [0.5, 1.0]},
    track="distill",
)
def mine(problem, *, steps, rate):
    images = problem.real_start()
    labels = problem.made_labels
    own = problem.teacher.logits(images).softmax(1)
    sureness = own.gather(1, labels[:, None])[:, :, None, None]
    for _ in range(steps):
        images = images + rate / steps * sureness * (images.mean(0) - images)
    return Made(images, labels)
'''

AT = 18

BREACHES = {
    # the clause: (old text, new text, the sentence)
    "another shape": (
        "return Made(images, labels)",
        "return Made(images[1:], labels[1:])",
        "the images have shape (9, 1, 8, 8)",
    ),
    "no set": (
        "return Made(images, labels)",
        "return images, labels",
        "the method returned tuple; it should return a Made(images, labels)",
    ),
    "not a number": (
        "return Made(images, labels)",
        "return Made(images / 0, labels)",
        "numbers of the images are NaN or infinite",
    ),
    "a write in place": (
        "    labels = problem.made_labels\n",
        "    labels = problem.made_labels\n    problem.images.mul_(1.01)\n",
        "the method changes what it is given: images. Clone a tensor",
    ),
    "draws from elsewhere": (
        "images = problem.real_start()",
        "images = problem.real_start() + torch.randn(())",
        "the same problem twice gave two sets. Draw with generator=problem.generator",
    ),
    "a need for nothing": (
        "    own = problem.teacher.logits(images).softmax(1)\n",
        "    own = torch.full((len(images), 10), 0.7)\n",
        "needs holds 'teacher', but it is never asked for. Take it out.",
    ),
    "a hyperparameter for nothing": (
        "images + rate / steps",
        "images + 1 / steps",
        "the hyperparameter 'rate' changes nothing (1.0 tried beside 0.5).",
    ),
    "a length for nothing": (
        "    for _ in range(steps):\n        images = images + rate / steps * sureness",
        "    for _ in range(4):\n        images = images + rate / 4 * sureness",
        "the hyperparameter 'steps' changes nothing (1 tried beside 40).",
    ),
}


@pytest.fixture
def checked(written):
    """Checks a file of that text: the method's entry, and the breaches."""

    def of(text):
        entry, function = written(text, "selection")
        return entry, check(function, entry)

    return of


def test_a_method_that_keeps_the_contract_has_no_breach(checked):
    assert checked(GOOD)[1] == []


@pytest.mark.parametrize(("old", "new", "sentence"), BREACHES.values(), ids=BREACHES)
def test_a_breach_is_a_sentence_with_the_function_s_line(checked, old, new, sentence):
    assert GOOD.count(old) == 1
    entry, breaches = checked(GOOD.replace(old, new))
    assert len(breaches) == 1, breaches
    assert breaches[0].startswith(f"{entry.path}:{AT}: ")
    assert sentence in breaches[0]


def test_a_method_of_which_nothing_is_counted_is_told_so(checked):
    text = GOOD.replace('needs=["teacher"]', "needs=[]").replace(
        '    params={"steps": 40, "rate": 0.5},\n    space={"rate": [0.5, 1.0]},\n', ""
    )
    head = text[: text.index("def mine(")]
    body = "def mine(problem):\n    return Made(problem.images[:20], problem.made_labels)\n"
    body = body.replace("[:20]", "[: len(problem.made_labels)]")
    _entry, breaches = checked(head + body)
    assert len(breaches) == 1, breaches
    assert "nothing that the method does is counted" in breaches[0]


def test_an_undeclared_need_is_the_problem_s_own_sentence(checked):
    _entry, breaches = checked(GOOD.replace('needs=["teacher"]', "needs=[]"))
    assert len(breaches) == 1
    assert "Add 'teacher' to needs in its @method line" in breaches[0]

"""Every mistake in a method's file, and the one sentence that it gets: file, line, mend."""

from __future__ import annotations

from inspect import Parameter, signature

import pytest

from bench.catalogue.mistakes import DECORATORS
from bench.contract import decorators, standing

GOOD = '''"""My method."""

from bench import method


@method(
    name="mine",
    title="Mine",
    paper=("On mine", 2026, "https://example.org"),
    needs=["numbers"],
    params={
        "scale": 0.5,
        "keep": 3,
    },
    space={
        "scale": [
            0.1,
            1.0,
        ],
    },
)
def mine(
    problem,
    *,
    scale,
    keep,
):
    return scale
'''

TAKES = "It takes name, title, paper, needs, params, space, track, traits, tiers."

MISTAKES = {
    # what is wrong: (old text, new text, the line, the sentence after file and line)
    "a syntax error": (
        "    return scale",
        "    return scale scale",
        28,
        "Python can't read it: invalid syntax. Mend the syntax there.",
    ),
    "a return outside of a function": (
        "    return scale",
        "    pass\nreturn mine",
        29,
        "Python can't read it: 'return' outside function. Mend the syntax there.",
    ),
    "no decorator": (
        "@method(",
        "@other(",
        22,
        "a method's file has one function under @method(...), this one has 0. Keep one to a file; "
        "start a helper's file name with an underscore.",
    ),
    "a decorator without arguments": (
        GOOD[GOOD.index("@method(") : GOOD.index("def mine")],
        "@method\n",
        6,
        "@method stands without its arguments. Write @method(name=..., title=..., paper=...).",
    ),
    "two methods": (
        "    return scale\n",
        '    return scale\n\n@method(name="b", title="B", paper=("b", 1, "c"))\ndef b(p):\n    p\n',
        30,
        "a method's file has one function under @method(...), this one has 2 (lines 6, 30). Keep "
        "one to a file; start a helper's file name with an underscore.",
    ),
    "a class": (
        GOOD[GOOD.index("def mine") :],
        "class Mine:\n    pass\n",
        22,
        "@method stands on a ClassDef. Put it on a plain function.",
    ),
    "an unknown keyword": (
        "    needs=",
        "    nedds=",
        10,
        f"@method doesn't know nedds. Did you mean 'needs'? {TAKES}",
    ),
    "an argument by position": (
        'name="mine"',
        '"mine"',
        7,
        "@method takes keywords only. Name its arguments, e.g. name=....",
    ),
    "not a literal": (
        "            0.1,",
        "            1 / 10,",
        17,
        "@method(space=...) isn't a literal, because of 1 / 10. Write the value out: it is read "
        "without running the file.",
    ),
    "no paper": (
        '    paper=("On mine", 2026, "https://example.org"),\n',
        "",
        6,
        "@method lacks paper. Add paper=... to it.",
    ),
    "half a paper": (
        ', 2026, "https://example.org")',
        ",)",
        9,
        "method 'mine' has paper = ('On mine',). Write (title, year, link), e.g. ('TIES', 2023, "
        "'https://…').",
    ),
    "another name": (
        'name="mine"',
        'name="other"',
        7,
        "method 'other' stands in a file of another name. Call the file other.py, or the method "
        "'mine'.",
    ),
    "no title": (
        'title="Mine"',
        'title=""',
        8,
        "method 'mine' has title = ''. Write the name that the site should show, as a text.",
    ),
    "an unknown need": (
        '["numbers"]',
        '[\n        "number",\n    ]',
        11,
        "method 'mine' has needs=number, which suite 'toy' doesn't offer. Did you mean 'numbers'? "
        "It offers numbers, oracle: correct needs= in its @method line.",
    ),
    "needs that are a text": (
        '["numbers"]',
        '"numbers"',
        10,
        "method 'mine' has needs = 'numbers'. Write a list of names, e.g. needs=['one'].",
    ),
    "a need that is no text": (
        '["numbers"]',
        "[\n        3,\n    ]",
        11,
        "method 'mine' has needs = [3]. Write a list of names, e.g. needs=['one'].",
    ),
    "a track that is no text": (
        "    needs=",
        "    track=3,\n    needs=",
        10,
        "method 'mine' has track = 3. Write the name of a ranking, as a text.",
    ),
    "an unknown trait": (
        "    needs=",
        '    traits=["odd"],\n    needs=',
        10,
        "method 'mine' has traits=odd, which suite 'toy' doesn't offer. It offers none: correct "
        "traits= in its @method line.",
    ),
    "an unknown track": (
        "    needs=",
        '    track="singel",\n    needs=',
        10,
        "method 'mine' has track=singel, which suite 'toy' doesn't offer. Did you mean 'single'? "
        "It offers single: correct track= in its @method line.",
    ),
    "params that are no dict": (
        GOOD[GOOD.index("params={") : GOOD.index("    space=")],
        'params=["scale"],\n',
        11,
        "method 'mine' has params = ['scale']. Write a dict, e.g. {'scale': 0.3}.",
    ),
    "a hyperparameter that is no name": (
        '"keep": 3,',
        '"keep it": 3,',
        13,
        "method 'mine' has 'keep it' in params. Write the name of an argument, as a text.",
    ),
    "a default that no record holds": (
        '"keep": 3,',
        '"keep": 1e999,',
        13,
        "method 'mine' has params['keep'] = inf. Write what a record can hold: a finite "
        "number, a text, True, False, None, or a list of them.",
    ),
    "a grid for what isn't in params": (
        '"scale": [',
        '"scales": [',
        16,
        "method 'mine' has 'scales' in space but not in params. Did you mean 'scale'? Give its "
        "default in params.",
    ),
    "a grid that is no list": (
        '"scale": [\n            0.1,\n            1.0,\n        ]',
        '"scale": 0.1',
        16,
        "method 'mine' has space['scale'] = 0.1. Write a list of the values to try.",
    ),
    "a grid whose values no record holds": (
        "            1.0,",
        "            1e999,",
        18,
        "method 'mine' has space['scale'][1] = inf. Write what a record can hold: a finite "
        "number, a text, True, False, None, or a list of them.",
    ),
    "an empty grid": (
        "            0.1,\n            1.0,\n",
        "",
        16,
        "method 'mine' has space['scale'] = []. Write a list of the values to try.",
    ),
    "a grid of another type": (
        "            1.0,",
        '            "1.0",',
        18,
        "method 'mine' has '1.0' in space['scale'], but its default in params is 0.5. Write "
        "values of that type (float).",
    ),
    "a grid of truth values for a number": (
        "            1.0,",
        "            True,",
        18,
        "method 'mine' has True in space['scale'], but its default in params is 0.5. Write "
        "values of that type (float).",
    ),
    "a value twice": (
        "            1.0,",
        "            0.1,",
        18,
        "method 'mine' has 0.1 twice in space['scale']. Each would cost a trial: drop one.",
    ),
    "a hyperparameter that the function doesn't take": (
        "    keep,\n",
        "",
        22,
        "method 'mine' has 'keep' in params, but mine() takes no such argument. Write def "
        "mine(problem, *, scale, keep).",
    ),
    "an argument without a default": (
        "    keep,\n",
        "    keep,\n    kept,\n",
        27,
        "method 'mine' has an argument 'kept' without a default. Add it to params. Did you mean "
        "'keep'?",
    ),
    "arguments by position only": (
        "    *,\n    scale,\n    keep,\n",
        "    scale,\n    keep,\n    /,\n",
        24,
        "method 'mine' takes 'scale' by position only, but hyperparameters come by name. Write "
        "def mine(problem, *, scale, keep).",
    ),
    "no problem": (
        "    problem,\n",
        "",
        22,
        "method 'mine' takes no problem. Write def mine(problem, *, ...).",
    ),
    "an import of what isn't installed": (
        "from bench import method",
        "import torhc.nn\nfrom bench import method",
        3,
        "there is no module 'torhc.nn'. Mend the import, or install what it names.",
    ),
    "an import of a module that the suite hasn't": (
        "from bench import method",
        "from bench import method\nfrom suites.toy.scorring import distance",
        4,
        "there is no module 'suites.toy.scorring'. Did you mean 'suites.toy.scoring'? Mend the "
        "import, or install what it names.",
    ),
    "an import of a helper that isn't there": (
        "from bench import method",
        "from bench import method\nfrom ._aid import f",
        4,
        "there is no module '._aid'. Mend the import, or install what it names.",
    ),
}


def contributed(checkout, text, name="mine.py", folder="contributed"):
    """Put a file into a methods folder of the contributor's own; the folder and the file."""
    folder = checkout.root / folder
    (folder / "toy").mkdir(parents=True)
    (folder / "toy" / name).write_text(text)
    return folder, folder / "toy" / name


@pytest.fixture(scope="module")
def listed(make_checkout, tmp_path_factory):
    """Mistake -> the file that makes it, and what listing it in a folder of its own gives."""
    checkout = make_checkout(tmp_path_factory.mktemp("mistakes") / "checkout")
    placed = []
    for number, (old, new, *_) in enumerate(MISTAKES.values()):
        assert GOOD.count(old) == 1
        placed.append(contributed(checkout, GOOD.replace(old, new), folder=f"mistake-{number}"))
    command = ("list", "methods", "--methods-dir")
    done = checkout.bench_each((*command, folder) for folder, _file in placed)
    files = (file for _folder, file in placed)
    return dict(zip(MISTAKES, zip(files, done, strict=True), strict=True))


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_gets_one_sentence_with_file_line_and_mend(listed, mistake):
    _old, _new, line, sentence = MISTAKES[mistake]
    file, done = listed[mistake]
    assert done.stderr == f"error: {file}:{line}: {sentence}\n"
    assert (done.returncode, done.stdout) == (2, "")


def test_a_mistake_ends_the_process_with_exit_code_2(checkout):
    folder, file = contributed(checkout, GOOD.replace("scale,\n    keep,", "scale,"))
    done = checkout.bench("list", "methods", "--methods-dir", str(folder))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"error: {file}:")
    assert done.stderr.count("\n") == 1


def test_the_file_without_a_mistake_is_listed(checkout):
    folder, _file = contributed(checkout, GOOD)
    assert checkout.bench("list", "methods", "--methods-dir", str(folder)).returncode == 0


def test_a_taken_name_names_both_files_and_lines(checkout):
    text = GOOD.replace("mine", "half").replace("Mine", "Half")
    folder, file = contributed(checkout, text, "half.py")
    done = checkout.bench("list", "methods", "--methods-dir", str(folder))
    assert done.returncode == 2
    assert done.stderr == (
        f"error: {file}:7: the name 'half' is taken by {checkout.root}/methods/toy/half.py:9. Give "
        "the file and its name= another one.\n"
    )


def test_what_pydantic_checks_are_the_decorators_own_arguments():
    declared = {"method": decorators.method, "reference": standing.reference}
    for name, model in DECORATORS.items():
        arguments = signature(declared[name]).parameters
        assert list(model.model_fields) == list(arguments)
        for argument, field in model.model_fields.items():
            assert field.is_required() == (arguments[argument].default is Parameter.empty)


MISTAKES_OF_REFERENCES = {
    # what is wrong: (old text, new text, the sentence after file and line)
    "an unknown role": (
        'role="floor"',
        'role="flor"',
        "has role = 'flor'. Write 'floor', 'ceiling' or 'scale'.",
    ),
    "an unknown track": (
        'role="floor"',
        'role="floor", track="singel"',
        "has track=singel, which suite 'toy' doesn't have. Did you mean 'single'? It has single: "
        "correct track= in its @reference line.",
    ),
    "tasks that are a text": (
        'role="floor"',
        'role="floor", tasks="add"',
        "has tasks = 'add'. Write a list of names, e.g. tasks=['one'].",
    ),
    "a pattern that matches no task": (
        'role="floor"',
        'role="floor", tasks=["add", "adds"]',
        "has 'adds' in tasks, which no task of suite 'toy' is called. Did you mean 'add'? There "
        "are add: correct tasks= in its @reference line.",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES_OF_REFERENCES)
def test_a_reference_of_a_suite_is_held_to_the_same(checkout, mistake):
    old, new, sentence = MISTAKES_OF_REFERENCES[mistake]
    checkout.edit("suites/toy/references.py", old, new)
    done = checkout.bench("list", "methods")
    assert done.stderr == (
        f"error: {checkout.root}/suites/toy/references.py:8: reference 'zero' {sentence}\n"
    )
    assert done.returncode == 2


def test_a_floor_must_stand_on_its_task(checkout):
    definition = checkout.root / "suites/toy/definition.py"
    more = "\nfrom dataclasses import replace\nPICK = replace(SUITE.tasks[0], name='pick')\n"
    more += "SUITE = replace(SUITE, tasks=(*SUITE.tasks, PICK))\n"
    definition.write_text(definition.read_text() + more)
    checkout.edit("suites/toy/references.py", 'role="floor"', 'role="floor", tasks=["add"]')
    done = checkout.bench("list", "methods")
    assert done.stderr == (
        f"error: {checkout.root}/suites/toy/references.py:8: reference 'zero' is the floor of task "
        "'pick', but doesn't stand on it, as its tasks= says. Let it stand there, or give the task "
        "another floor.\n"
    )

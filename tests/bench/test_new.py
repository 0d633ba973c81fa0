"""`python -m bench new`: a file that runs as it is, or one sentence and nothing written."""

from __future__ import annotations

import ast
import shutil

import pytest

from tests.bench.conftest import REPOSITORY


def test_the_file_written_is_listed_and_runs_as_it_is(checkout):
    done = checkout.bench("new", "toy", "my_idea")
    assert done.returncode == 0, done.stderr
    assert "nox -s try -- methods/toy/my_idea.py" in done.stdout
    records = checkout.run("my_idea")
    assert {(r["status"], r["variant"]) for r in records} == {("ok", "default"), ("ok", "tuned")}


def test_the_file_bears_its_name_and_what_its_suite_offers(checkout):
    assert checkout.bench("new", "toy", "my_idea").returncode == 0
    text = (checkout.root / "methods/toy/my_idea.py").read_text()
    assert ast.get_docstring(ast.parse(text)).startswith("My idea: ")
    assert "def my_idea(" in text
    assert "my_method" not in text
    assert "#   numbers: The numbers themselves.\n" in text
    assert "#   oracle: Someone who knows.\n" in text


def test_another_methods_folder_is_made_where_it_is_missing(checkout):
    done = checkout.bench("new", "toy", "my_idea", "--methods-dir", "mine")
    assert done.returncode == 0, done.stderr
    assert "nox -s try -- mine/toy/my_idea.py" in done.stdout
    records = checkout.run("my_idea", options=("--methods-dir", "mine"))
    assert {r["status"] for r in records} == {"ok"}


def test_a_track_s_own_template_is_what_a_method_of_it_begins_with(checkout):
    general = checkout.root / "methods/toy/_template.py"
    text = general.read_text().replace("My method: ", "My method, alone: ")
    general.with_name("_template_single.py").write_text(text)
    assert checkout.bench("new", "toy", "alone", "--track", "single").returncode == 0
    assert checkout.bench("new", "toy", "any").returncode == 0
    begins = {
        name: ast.get_docstring(ast.parse((general.with_name(f"{name}.py")).read_text()))
        for name in ("alone", "any")
    }
    assert begins["alone"].startswith("Alone, alone: ")
    assert begins["any"].startswith("Any: ")


LIKE = "a method's name is a Python name in small letters, digits and single underscores, like"


REFUSED = {
    ("toi", "mine"): "toi: there is no such suite. Did you mean 'toy'? There are: toy.",
    ("toy", "MyIdea2"): f"MyIdea2: {LIKE} my_idea2. Choose one.",
    ("toy", "my-idea"): f"my-idea: {LIKE} my_idea. Choose one.",
    ("toy", "3d"): f"3d: {LIKE} my_method. Choose one.",
    ("toy", "lambda"): f"lambda: {LIKE} my_method. Choose one.",
    ("toy", "../half"): f"../half: {LIKE} half. Choose one.",
    ("toy", "half"): "half: the method 'half' is there already, {root}/methods/toy/half.py:9. "
    "Choose another name.",
    ("toy", "truth"): "truth: the reference 'truth' is there already, "
    "{root}/suites/toy/references.py:14. Choose another name.",
    ("toy", "notes", "--methods-dir", "mine"): "{root}/mine/toy/notes.py:1: a method's file has "
    "one function under @method(...), this one has 0. Keep one to a file; start a helper's file "
    "name with an underscore.",
    ("toy", "mine", "--methods-dir", "suites/__init__.py"): "suites/__init__.py/toy/mine.py: can't "
    "be written (Not a directory). Name another folder with --methods-dir.",
    ("toy", "mine", "--track", "singel"): "--track singel: suite 'toy' has no such track. Did you "
    "mean 'single'? There are: single.",
    ("--suite", "toy"): "toy: there is a suite of that name. Choose another name.",
    ("--suite", "My-Suite"): "My-Suite: a suite's name is a Python name in small letters, digits "
    "and single underscores, like my_suite. Choose one.",
    ("--suite", "json", "--suites-dir", "mine"): "json: Python has another module of that name, "
    "which would hide the suite. Choose another name.",
    ("--suite", "there", "--suites-dir", "mine"): "mine/there: this folder is there already. "
    "Choose another name.",
    ("--suite", "fresh", "--suites-dir", "suites/__init__.py"): "suites/__init__.py/fresh: "
    "can't be written (Not a directory). Name another folder with --suites-dir.",
}
"""Arguments -> the one sentence that they get."""


@pytest.fixture(scope="module")
def refused(make_checkout, tmp_path_factory):
    """A checkout; arguments -> what came of them; its files before and after."""
    checkout = with_the_template(make_checkout(tmp_path_factory.mktemp("refused") / "checkout"))
    for folder in ("mine/toy", "mine/there"):
        (checkout.root / folder).mkdir(parents=True)
    (checkout.root / "mine/toy/notes.py").write_text("NOTES = 1")
    before = files(checkout)
    done = checkout.bench_each(("new", *arguments) for arguments in REFUSED)
    return checkout, dict(zip(REFUSED, done, strict=True)), (before, files(checkout))


@pytest.mark.parametrize(("arguments", "sentence"), REFUSED.items(), ids=map(" ".join, REFUSED))
def test_what_can_t_be_is_refused_in_one_sentence(refused, arguments, sentence):
    checkout, done, _ = refused
    assert done[arguments].stderr == f"error: {sentence.format(root=checkout.root)}\n"
    assert (done[arguments].returncode, done[arguments].stdout) == (2, "")


def test_of_what_is_refused_nothing_is_written(refused):
    before, after = refused[2]
    assert before == after


@pytest.mark.parametrize("arguments", [("toy", "half"), ("--suite", "toy")])
def test_what_is_refused_ends_the_process_with_exit_code_2(checkout, arguments):
    assert checkout.bench("new", *arguments).returncode == 2


def with_the_template(checkout):
    """Give a checkout the template of a suite."""
    shutil.copytree(REPOSITORY / "suites/_template", checkout.root / "suites/_template")
    return checkout


@pytest.fixture
def with_template(checkout):
    """A checkout that has the template of a suite."""
    return with_the_template(checkout)


def test_a_suite_of_this_repository_is_listed_and_runs_as_it_is(with_template):
    done = with_template.bench("new", "--suite", "fresh")
    assert done.returncode == 0, done.stderr
    assert "python -m bench run --suite fresh --tier smoke" in done.stdout
    assert (with_template.root / "methods/fresh/nearest_mean.py").is_file()
    assert not (with_template.root / "suites/fresh/methods").exists()
    records = with_template.run(options=("--suite", "fresh"))
    assert {r["status"] for r in records} == {"ok"}, records[0]["log"]
    assert with_template.bench("new", "fresh", "ridge").returncode == 0
    assert (with_template.root / "methods/fresh/ridge.py").is_file()


def test_a_suite_bears_its_name_and_nothing_of_the_template_s(with_template):
    assert with_template.bench("new", "--suite", "fresh", "--suites-dir", "mine").returncode == 0
    for file in (with_template.root / "mine/fresh").rglob("*.py"):
        text = file.read_text()
        assert "_template." not in text.replace("methods/_template.py", "")
        assert "my_suite" not in text
        assert "my suite" not in text.lower()


def test_a_method_or_a_suite_is_to_be_named(checkout):
    wrong = [(), ("toy",), ("toy", "mine", "--suite", "x"), ("--suite", "x", "--methods-dir", "y")]
    done = checkout.bench_each(("new", *arguments) for arguments in wrong)
    assert [one.returncode for one in done] == [2, 2, 2, 2], done


def files(checkout):
    """Every file of a checkout, bytecode aside."""
    found = (p for p in checkout.root.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    return {p: p.read_bytes() for p in found}

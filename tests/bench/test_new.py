"""`python -m bench new`: a file that runs as it is, or one sentence and nothing written."""

from __future__ import annotations

import ast

import pytest


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


LIKE = "a method's name is a Python name in small letters, digits and single underscores, like"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("toi", "mine"), "toi: there is no such suite. Did you mean 'toy'? There are: toy."),
        (("toy", "MyIdea2"), f"MyIdea2: {LIKE} my_idea2. Choose one."),
        (("toy", "my-idea"), f"my-idea: {LIKE} my_idea. Choose one."),
        (("toy", "3d"), f"3d: {LIKE} my_method. Choose one."),
        (("toy", "lambda"), f"lambda: {LIKE} my_method. Choose one."),
        (("toy", "../half"), f"../half: {LIKE} half. Choose one."),
        (
            ("toy", "half"),
            "half: the method 'half' is there already, {root}/methods/toy/half.py:9. Choose "
            "another name.",
        ),
        (
            ("toy", "truth"),
            "truth: the reference 'truth' is there already, {root}/suites/toy/references.py:14. "
            "Choose another name.",
        ),
        (
            ("toy", "notes", "--methods-dir", "mine"),
            "{root}/mine/toy/notes.py:1: a method's file has one function under @method(...), "
            "this one has 0. Keep one to a file; start a helper's file name with an underscore.",
        ),
        (
            ("toy", "mine", "--methods-dir", "suites/__init__.py"),
            "suites/__init__.py/toy/mine.py: can't be written (Not a directory). Name another "
            "folder with --methods-dir.",
        ),
    ],
)
def test_what_can_t_be_is_refused_in_one_sentence_and_nothing_is_written(
    checkout, arguments, sentence
):
    (checkout.root / "mine").mkdir()
    if "notes" in arguments:
        (checkout.root / "mine/toy").mkdir()
        (checkout.root / "mine/toy/notes.py").write_text("NOTES = 1")
    before = files(checkout)
    done = checkout.bench("new", *arguments)
    assert done.stderr == f"error: {sentence.format(root=checkout.root)}\n"
    assert (done.returncode, done.stdout) == (2, "")
    assert files(checkout) == before


def files(checkout):
    """Every file of a checkout, bytecode aside."""
    found = (p for p in checkout.root.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    return {p: p.read_bytes() for p in found}

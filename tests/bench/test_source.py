"""Source digests: what counts as code, and what an import reaches."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.planning.source import SourceIndex, code_only


def write(folder, **files):
    for name, text in files.items():
        path = folder / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def names(folder, start="start"):
    root = folder.resolve()
    found = SourceIndex().closure(folder / f"{start}.py", (root,))
    return sorted(f.relative_to(root).as_posix() for f in found)


def test_the_closure_follows_every_form_of_import(tmp_path):
    write(
        tmp_path,
        start="import plain\nfrom package import member, value\ndef f():\n    import late\n",
        plain="",
        late="from package.deep import thing",
        package__member="",
        package__deep="from . import member\nfrom .sibling import x\n",
        package__sibling="",
        unrelated="",
    )
    (tmp_path / "package" / "__init__.py").write_text("value = 1")
    assert names(tmp_path) == [
        "late.py",
        "package/__init__.py",
        "package/deep.py",
        "package/member.py",
        "package/sibling.py",
        "plain.py",
        "start.py",
    ]


def test_what_only_a_type_checker_imports_is_not_in_the_closure(tmp_path):
    write(
        tmp_path,
        start="if TYPE_CHECKING:\n    import hint\nelse:\n    import real",
        hint="",
        real="",
    )
    assert names(tmp_path) == ["real.py", "start.py"]


def test_packages_are_found_in_what_the_closure_imports(tmp_path):
    write(
        tmp_path,
        start="import json\nimport torch.nn\nimport package.helper",
        package__helper="from . import beside\ndef f():\n    from sklearn.svm import SVC",
        package__beside="import fast_tsp",
    )
    packages = SourceIndex().third_party(tmp_path / "start.py", [tmp_path])
    assert packages == {"torch", "sklearn", "fast_tsp"}


def test_circles_end(tmp_path):
    write(tmp_path, start="import other", other="import start")
    assert names(tmp_path) == ["other.py", "start.py"]


def test_comments_docstrings_and_blank_lines_are_no_code():
    plain = 'x = "# not a comment"\ndef f():\n    return 1\n'
    dressed = (
        '"""Module."""\n\n# comment\nx = "# not a comment"  # comment\n\n\n'
        'def f():\n    """Says\n    much."""\n    # more\n    return 1   \n'
    )
    assert code_only(dressed) == code_only(plain)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x = 1", "x = 2"),
        ('x = "a"', 'x = "b"'),
        ('x = """a"""', 'x = """b"""'),
        ("def f():\n    return 1", "def f():\n    return 2"),
        ("if a:\n    b()\n    c()", "if a:\n    b()\nc()"),
        ('def f():\n    x = 1\n    "late string"', 'def f():\n    x = 1\n    "other string"'),
    ],
)
def test_a_change_of_code_is_seen(one, other):
    assert code_only(one) != code_only(other)


@given(st.text(alphabet="ab \n#'", max_size=40))
def test_any_comment_may_be_added(text):
    comment = "# " + text.replace("\n", " ")
    code = "x = [\n    1,\n    2,\n]\ny = 'z'\n"
    assert code_only(code.replace("1,\n", f"1,  {comment}\n")) == code_only(code)


def test_the_cache_serves_the_same_digest(tmp_path):
    write(tmp_path, start="import other", other="x = 1")
    cache = tmp_path / "cache.json"
    first = SourceIndex(cache)
    digest = first.files(tmp_path / "start.py", [tmp_path])
    first.save()
    assert SourceIndex(cache).files(tmp_path / "start.py", [tmp_path]) == digest
    write(tmp_path, other="x = 2")
    assert SourceIndex(cache).files(tmp_path / "start.py", [tmp_path]) != digest


@pytest.mark.parametrize("content", ["", "{not json", "[]", "\x00", '0\n{"format": 2}'])
def test_a_broken_cache_is_done_without(tmp_path, content):
    write(tmp_path, start="x = 1")
    cache = tmp_path / "cache.json"
    cache.write_text(content)
    assert list(SourceIndex(cache).files(tmp_path / "start.py", [tmp_path])) == ["start.py"]


def test_a_flipped_letter_in_the_cache_hides_no_import(tmp_path):
    write(tmp_path, start="import other", other="x = 1", othes="x = 1")
    cache = tmp_path / "cache.json"
    first = SourceIndex(cache)
    digest = first.files(tmp_path / "start.py", [tmp_path])
    first.save()
    cache.write_text(cache.read_text().replace("other", "othes"))
    assert SourceIndex(cache).files(tmp_path / "start.py", [tmp_path]) == digest


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path):
    write(tmp_path, start="x = 1")
    (tmp_path / "home").write_text("a file stands where the folder should be")
    index = SourceIndex(tmp_path / "home" / "cache" / "sources.json")
    index.files(tmp_path / "start.py", [tmp_path])
    index.save()

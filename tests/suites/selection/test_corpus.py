"""Docstrings as prose: what is read of a source, how it is cut, and what the digest hangs on."""

from __future__ import annotations

import subprocess
import sys

import pytest

from suites.common.data_set import SourceError
from suites.selection.text import corpus

PROSE = "Return the larger of two numbers, whatever their types may be, and raise if they differ."


def source(*docstrings):
    """A module whose functions have these docstrings."""
    return "\n".join(f'def f():\n    """{text}"""' for text in docstrings).encode()


def numbered(count):
    """So many different words without any repetition."""
    letters = str.maketrans("0123456789", "abcdefghij")
    return [f"word{i:03}".translate(letters) for i in range(count)]


def test_words_are_lower_case_and_signs_are_words_of_their_own():
    assert corpus.words("Don't sum x[0], y==2!") == [
        *("don", "'", "t", "sum", "x", "[", "0", "],", "y", "==", "2", "!")
    ]


def test_words_joined_by_spaces_give_the_same_words_again():
    tokens = corpus.words(PROSE + " See `x.y(z)`; cf. e.g. __init__, 1e-3 and l'été.")
    assert corpus.words(" ".join(tokens)) == tokens


def test_docstrings_are_found_wherever_they_stand_and_other_strings_are_not():
    code = b'''
"""Of the module."""
x = """no docstring"""
if x:
    class A:
        """Of the class."""
        async def f(self):
            """Of the method."""
            """no docstring"""
'''
    assert list(corpus.docstrings(code)) == ["Of the module.", "Of the class.", "Of the method."]


def test_a_file_that_this_python_can_not_parse_has_none():
    assert list(corpus.docstrings(b'def f(:\n    """x"""')) == []


def test_examples_directives_rules_and_tables_are_no_prose():
    docstring = """First line.

    Examples
    --------
    >>> f(1)
    this is printed
    >>> f(2)

    .. math:: this is a formula
    1.0  2.0  3.0  (4)
    The last line."""
    assert corpus.paragraphs(docstring) == ["First line.", "Examples", "The last line."]


def test_a_file_is_cut_in_chunks_of_eighty_words_and_the_rest_is_dropped():
    tokens = numbered(170)
    chunks = corpus.chunks_of(source(" ".join(tokens[:100]), " ".join(tokens[100:])), set())
    assert chunks == [" ".join(tokens[:80]), " ".join(tokens[80:160])]


def test_a_paragraph_that_stood_before_is_left_out_but_short_ones_may_repeat():
    tokens = numbered(78)
    repeated = " ".join(tokens[:40])
    code = source(f"Returns x\n\n{repeated}", f"Returns x\n\n{repeated}", " ".join(tokens[40:]))
    (chunk,) = corpus.chunks_of(code, set())
    # 2 + 40 of the first, 2 of the second, 36 of the third
    assert chunk.split(" ") == ["returns", "x", *tokens[:40], "returns", "x", *tokens[40:76]]


def test_a_chunk_of_mostly_signs_and_numbers_is_dropped():
    line = "ab " * 20 + ", ; " * 20 + "cd " * 20  # 40 of 80 tokens are words
    assert corpus.chunks_of(source(line), set()) == []


def test_files_are_those_of_the_package_without_its_tests():
    found = corpus.files("scikit-learn", "sklearn")
    domains = {file.domain for file in found}
    assert {"sklearn.svm", "sklearn.base"} <= domains
    assert not any("/tests/" in file.name or "externals" in file.name for file in found)
    assert [file.name for file in found] == sorted(file.name for file in found)


def test_chunks_of_an_installed_library_are_prose_of_it(monkeypatch):
    monkeypatch.setitem(corpus.SOURCES, "few", (("dask", "dask"),))
    found = corpus.chunks("few")
    assert found == corpus.chunks("few")
    assert {len(text.split(" ")) for _, text in found} == {corpus.CHUNK}
    assert len([domain for domain, _ in found if domain == "dask.array"]) > 100
    assert not any(">>>" in text for _, text in found)


def test_the_digest_hangs_on_every_file_and_version(monkeypatch):
    monkeypatch.setitem(corpus.SOURCES, "few", (("dask", "dask"), (corpus.PYTHON, corpus.PYTHON)))
    digests = [corpus.digest("few")]
    monkeypatch.setattr(corpus.platform, "python_version", lambda: "3.99.0")
    digests.append(corpus.digest("few"))
    files = corpus.files
    monkeypatch.setattr(corpus, "files", lambda *library: files(*library)[1:])
    digests.append(corpus.digest("few"))
    assert len(set(digests)) == 3


def test_planning_needs_neither_torch_nor_numpy():
    code = (
        "import sys; from suites.selection.text.texts import digest; digest('docstrings');"
        "print({'torch', 'numpy', 'pandas', 'scipy'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_a_file_that_was_edited_is_told_by_its_hash(tmp_path):
    path = tmp_path / "a.py"
    path.write_text("x = 1")
    file = corpus.SourceFile(path, "a.a", "a/a.py", "sha256=AAAA")
    with pytest.raises(SourceError, match=r"a\.py isn't what was installed; run: pip install"):
        corpus._content(file)


def test_a_library_that_is_not_there_is_named(monkeypatch):
    monkeypatch.setitem(corpus.SOURCES, "few", (("no-such-library", "none"),))
    with pytest.raises(SourceError, match="no-such-library isn't installed; run: pip install"):
        corpus.digest("few")

"""What a method does that its key can't hold: code and data that come in by names made at run time.

Here: such calls in a file's text (`exec`, an import by name, a download, a file whose name isn't
written out), each with its line and what to do instead; and the warnings for contributed methods.
Nothing is refused for it: an edit of what comes in so goes unnoticed, and its author should know.
Not here: what is followed (bench.planning.source, bench.planning.data_files).
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

from bench.catalogue.decorated import parse
from bench.catalogue.modules import ROOT, locate
from bench.catalogue.registry import Catalogue, Method
from bench.planning.source import SourceIndex

IMPORT = "Write a plain import."
CODE = "Write the code out."
PYTHON = "Do it in Python."
BESIDE = "Put the file beside this one, and write its name out."

UNSEEN: Mapping[str, str] = {
    # what is called -> what to do instead
    "importlib.import_module": IMPORT,
    "importlib.util.spec_from_file_location": IMPORT,
    "__import__": IMPORT,
    "runpy.run_module": IMPORT,
    "runpy.run_path": IMPORT,
    "exec": CODE,
    "eval": CODE,
    "subprocess.run": PYTHON,
    "subprocess.Popen": PYTHON,
    "subprocess.call": PYTHON,
    "subprocess.check_call": PYTHON,
    "subprocess.check_output": PYTHON,
    "os.system": PYTHON,
    "os.popen": PYTHON,
    "ctypes.CDLL": PYTHON,
    "torch.hub.load": BESIDE,
    "torch.hub.load_state_dict_from_url": BESIDE,
}
DOWNLOADS = ("urllib.request.", "requests.", "httpx.", "http.client.", "huggingface_hub.")
READERS = frozenset(
    {"open", "io.open", "joblib.load", "safetensors.torch.load_file", "torch.load"}
    | {"numpy.fromfile", "numpy.genfromtxt", "numpy.load", "numpy.loadtxt"}
    | {"pandas.read_csv", "pandas.read_json", "pandas.read_parquet", "pandas.read_pickle"}
)
"""Calls whose first argument says which file is read."""

WRITING = ("w", "a", "x")


def warnings_of(known: Catalogue, methods: Iterable[tuple[str, str]]) -> list[str]:
    """What the keys of contributed methods can't hold: one sentence a call, with file and line.

    Args:
        methods: suite and name of each; those of this repository are passed over.
    """
    chosen = (known.methods[suite][name] for suite, name in dict.fromkeys(methods))
    contributed = [m for m in chosen if m.kind == "method" and m.root != ROOT]
    per_method = (warnings_of_method(method, known) for method in contributed)
    return list(dict.fromkeys(chain.from_iterable(per_method)))


def warnings_of_method(method: Method, known: Catalogue) -> list[str]:
    """What the key of one method can't hold, in its file and in the helpers that it imports."""
    suite = locate(known.suites[method.suite].harness)
    roots = (method.root.resolve(), suite.root.resolve(), ROOT)
    ours = (ROOT / "bench", ROOT / "suites", suite.file.parent)
    own = method.path.resolve()
    files = sorted(SourceIndex().closure(method.path, roots), key=lambda file: file != own)
    return [
        f"{file}:{line}: {sentence}"
        for file in files
        if file.is_relative_to(own.parent) or not any(map(file.is_relative_to, ours))
        for line, sentence in unfollowed(parse(file))
    ]


def unfollowed(tree: ast.Module) -> list[tuple[int, str]]:
    """Calls by which code or data come in that no digest can hold: their lines and a sentence."""
    names, literal = _imported_names(tree), _named_literals(tree)
    calls = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = _full_name(node.func, names)
        mend = UNSEEN.get(called) or (BESIDE if called.startswith(DOWNLOADS) else "")
        if mend:
            what = f"{called}() brings in what no digest of this file can hold"
            calls.append((node.lineno, f"{what}, so an edit there goes unnoticed. {mend}"))
        elif called in READERS and not _writes(node) and not _shows_a_text(node, literal):
            what = f"{called}() reads a file whose name isn't written out here"
            calls.append((node.lineno, f"{what}, so an edit of it goes unnoticed. {BESIDE}"))
    return sorted(calls)


def _imported_names(tree: ast.Module) -> dict[str, str]:
    """What each imported name stands for: `import numpy as np` gives np -> numpy."""
    names = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                first = alias.name.partition(".")[0]
                names[alias.asname or first] = alias.name if alias.asname else first
        elif isinstance(node, ast.ImportFrom) and not node.level:
            for alias in node.names:
                names[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    return names


def _full_name(node: ast.expr, names: dict[str, str]) -> str:
    """The dotted name of what is called, as it was imported; "" where it has none."""
    if isinstance(node, ast.Name):
        return names.get(node.id, node.id)
    if isinstance(node, ast.Attribute):
        inner = _full_name(node.value, names)
        return f"{inner}.{node.attr}" if inner else ""
    return ""


def _named_literals(tree: ast.Module) -> set[str]:
    """Variables that are given a value in which a text stands: TABLE = HERE / "table.csv"."""
    return {
        target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and _has_text(node.value)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _has_text(node: ast.AST) -> bool:
    return any(isinstance(n, ast.Constant) and isinstance(n.value, str) for n in ast.walk(node))


def _shows_a_text(call: ast.Call, literal: set[str]) -> bool:
    """Whether what a call reads is written out, in it or in a variable that it names."""
    first: Sequence[ast.expr] = call.args[:1] or [keyword.value for keyword in call.keywords[:1]]
    return any(
        _has_text(argument)
        or any(isinstance(n, ast.Name) and n.id in literal for n in ast.walk(argument))
        for argument in first
    )


def _writes(call: ast.Call) -> bool:
    """Whether an `open` is for writing."""
    modes = [*call.args[1:2], *(k.value for k in call.keywords if k.arg == "mode")]
    return any(
        isinstance(mode, ast.Constant) and str(mode.value).startswith(WRITING) for mode in modes
    )

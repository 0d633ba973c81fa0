"""Reads what a method's file declares, from its text alone.

Here: the literal arguments of `@method(...)` and `@reference(...)` with the lines that they stand
on; a file that declares something wrong is refused in one sentence with file, line and mend. Not
here: what can be wrong (bench.catalogue.mistakes), where the files are (bench.catalogue.registry).
"""

from __future__ import annotations

import ast
import inspect
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.catalogue.mistakes import missing_module, mistakes
from bench.catalogue.suggestions import did_you_mean
from bench.contract import decorators
from bench.contract.suite import Suite


class DeclarationError(Exception):
    """A method's file is wrong; the message says what, where and how to mend it."""


@dataclass(frozen=True)
class Paper:
    """Where a method was published."""

    title: str
    year: int
    link: str


@dataclass(frozen=True)
class Declared:
    """A function and the arguments of the decorator above it.

    Attributes:
        path: the file.
        function, call: the function, and the decorator's call.
        values: the decorator's arguments by name.
    """

    path: Path
    function: ast.FunctionDef
    call: ast.Call
    values: dict[str, Any]

    def line(self, word: str, *inside: Any) -> int:
        """The line of an argument, or of what stands in it under those keys and places."""
        node: ast.expr = next((k.value for k in self.call.keywords if k.arg == word), self.call)
        for place in inside:
            if isinstance(node, ast.Dict):
                keys = [ast.literal_eval(key) for key in node.keys if key is not None]
                node = node.values[keys.index(place)]
            elif isinstance(node, (ast.List, ast.Tuple)):
                node = node.elts[place]
        return node.lineno


def parse(path: Path) -> ast.Module:
    """The syntax tree of a Python file. Raises DeclarationError where it has none."""
    try:
        return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
    except SyntaxError as error:
        raise _unreadable(path, error) from None
    except UnicodeDecodeError as error:
        raise DeclarationError(f"{path}: not UTF-8 text ({error}). Save it as UTF-8.") from None
    except OSError as error:
        raise DeclarationError(
            f"{path}: can't be read ({error.strerror}). Check its name and who may read it."
        ) from None


def _unreadable(path: Path, error: SyntaxError) -> DeclarationError:
    return DeclarationError(
        f"{path}:{error.lineno}: Python can't read it: {error.msg}. Mend the syntax there."
    )


def read_methods(path: Path, suite: Suite, roots: Sequence[Path]) -> dict[str, Any]:
    """The one `@method` of a file: the keywords of bench.catalogue.registry.Method.

    Args:
        roots: folders from which its imports are resolved.
    Raises:
        DeclarationError: it isn't there once, or what it declares is wrong.
    """
    tree = parse(path)
    _compile(path, tree)
    declared = _the_one(path, tree)
    for line, problem in mistakes(declared, suite):
        name = declared.values["name"]
        raise DeclarationError(f"{path}:{line}: method {name!r} {problem}")
    missing = missing_module(tree, path, roots)
    if missing:
        raise DeclarationError(f"{path}:{missing[0]}: {missing[1]}")
    values, function = declared.values, declared.function
    return {
        **_named(values),
        "summary": _first_paragraph(ast.get_docstring(tree) or ast.get_docstring(function)),
        "function": function.name,
        "line": function.lineno,
        "name_line": declared.line("name"),
        "paper": Paper(*values["paper"]),
        "needs": tuple(values.get("needs", ())),
        "params": dict(values.get("params") or {}),
        "space": {name: list(tried) for name, tried in (values.get("space") or {}).items()},
        "traits": tuple(values.get("traits", ())),
    }


def read_references(path: Path) -> list[dict[str, Any]]:
    """Every `@reference` of a suite's module: the keywords of bench.catalogue.registry.Method."""
    return [
        {
            **_named(found.values),
            "summary": _first_paragraph(ast.get_docstring(found.function)),
            "function": found.function.name,
            "line": found.function.lineno,
            "name_line": found.line("name"),
            "role": found.values["role"],
            "meaning": found.values["meaning"],
        }
        for found in _decorated(path, parse(path), "reference")
    ]


def _compile(path: Path, tree: ast.Module) -> None:
    """Find what only the compiler refuses, e.g. a return outside of a function."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(tree, str(path), "exec", dont_inherit=True)
        except SyntaxError as error:
            raise _unreadable(path, error) from None


def _the_one(path: Path, tree: ast.Module) -> Declared:
    found = _decorated(path, tree, "method")
    if len(found) == 1:
        return found[0]
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    bare = [d for f in functions for d in f.decorator_list if _name(d) == "method"]
    if bare and not found:
        raise DeclarationError(
            f"{path}:{bare[0].lineno}: @method stands without its arguments. Write "
            "@method(name=..., title=..., paper=...)."
        )
    if found:
        line = found[1].call.lineno
        where = f" (lines {', '.join(str(one.call.lineno) for one in found)})"
    else:
        line, where = (functions[0].lineno if functions else 1), ""
    raise DeclarationError(
        f"{path}:{line}: a method's file has one function under @method(...), this one has "
        f"{len(found)}{where}. Keep one to a file; start a helper's file name with an underscore."
    )


def _named(values: dict[str, Any]) -> dict[str, Any]:
    return {"name": values["name"], "title": values["title"], "track": values.get("track", "")}


def _first_paragraph(text: str | None) -> str:
    return " ".join((text or "").split("\n\n")[0].split())


def _decorated(path: Path, tree: ast.Module, decorator: str) -> list[Declared]:
    """The functions under that decorator, with its arguments as values."""
    found = []
    for node in tree.body:
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            continue
        for call in node.decorator_list:
            if not isinstance(call, ast.Call) or _name(call.func) != decorator:
                continue
            if not isinstance(node, ast.FunctionDef):
                raise DeclarationError(
                    f"{path}:{node.lineno}: @{decorator} stands on a {type(node).__name__}. "
                    "Put it on a plain function."
                )
            found.append(Declared(path, node, call, _arguments(path, call, decorator)))
    return found


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _arguments(path: Path, call: ast.Call, decorator: str) -> dict[str, Any]:
    """A decorator's arguments, held against its own signature. All must be literals."""
    where = f"{path}:{call.lineno}: @{decorator}"
    if call.args:
        raise DeclarationError(
            f"{path}:{call.args[0].lineno}: @{decorator} takes keywords only. Name its arguments, "
            "e.g. name=...."
        )
    signature = inspect.signature(getattr(decorators, decorator)).parameters
    declared = {}
    for keyword in call.keywords:
        word = keyword.arg or "**"
        if word not in signature:
            raise DeclarationError(
                f"{path}:{keyword.value.lineno}: @{decorator} doesn't know {word}."
                f"{did_you_mean(word, signature)} It takes {', '.join(signature)}."
            )
        culprit = _not_literal(keyword.value)
        if culprit is not None:
            raise DeclarationError(
                f"{path}:{culprit.lineno}: @{decorator}({word}=...) isn't a literal, because of "
                f"{ast.unparse(culprit)}. Write the value out: it is read without running the file."
            )
        declared[word] = ast.literal_eval(keyword.value)
    missing = [n for n, p in signature.items() if p.default is p.empty and n not in declared]
    if missing:
        raise DeclarationError(f"{where} lacks {', '.join(missing)}. Add {missing[0]}=... to it.")
    return declared


def _not_literal(node: ast.expr) -> ast.expr | None:
    """The innermost expression that keeps a value from being a literal; None if nothing does."""
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError):
        inner = (child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr))
        if isinstance(node, (ast.Dict, ast.List, ast.Tuple, ast.Set)):
            return next(filter(None, map(_not_literal, inner)), node)
        return node
    return None

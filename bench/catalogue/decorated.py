"""A function under `@method(...)` or `@reference(...)`, as it stands in a file's text.

Here: a file's syntax tree, its decorated functions, and the decorator's literal arguments with the
lines that they stand on; nothing is imported or run. Not here: what the arguments may say
(bench.catalogue.mistakes), what becomes of them (bench.catalogue.declaration).
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class DeclarationError(Exception):
    """A file or folder isn't as it must be; the message says what, where and how to mend it."""


@dataclass(frozen=True)
class Decorated:
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

    def line(self, word: str = "", *inside: Any) -> int:
        """The line of an argument, or of what stands in it under those keys and places.

        Where there is no such argument, key or place, the line of what is around it.
        """
        argument = next((k.value for k in self.call.keywords if k.arg == word), None)
        node: ast.expr = argument if argument is not None else self.call
        for place in inside:
            inner = _inner(node, place)
            if inner is None:
                break
            node = inner
        return node.lineno


def _inner(node: ast.expr, place: Any) -> ast.expr | None:
    if isinstance(node, ast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        values = [value for key, value in pairs if key and ast.literal_eval(key) == place]
        return values[0] if values else None
    if isinstance(node, (ast.List, ast.Tuple)) and isinstance(place, int):
        return node.elts[place] if place < len(node.elts) else None
    return None


def parse(path: Path) -> ast.Module:
    """The syntax tree of a Python file. Raises DeclarationError where it has none."""
    try:
        return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
    except SyntaxError as error:
        raise unreadable(path, error) from None
    except UnicodeDecodeError as error:
        raise DeclarationError(f"{path}: not UTF-8 text ({error}). Save it as UTF-8.") from None
    except ValueError as error:  # a null byte
        raise DeclarationError(f"{path}: Python can't read it: {error}. Mend it there.") from None
    except OSError as error:
        raise DeclarationError(
            f"{path}: can't be read ({error.strerror}). Check its name and who may read it."
        ) from None


def unreadable(path: Path, error: SyntaxError) -> DeclarationError:
    """What Python's own complaint about a file becomes."""
    return DeclarationError(
        f"{path}:{error.lineno}: Python can't read it: {error.msg}. Mend the syntax there."
    )


def the_method(path: Path, tree: ast.Module) -> Decorated:
    """The one function of a file that is under `@method(...)`.

    Raises:
        DeclarationError: there is none, or more than one.
    """
    methods = decorated(path, tree, "method")
    if len(methods) == 1:
        return methods[0]
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    bare = [d for f in functions for d in f.decorator_list if _name(d) == "method"]
    if bare and not methods:
        raise DeclarationError(
            f"{path}:{bare[0].lineno}: @method stands without its arguments. Write "
            "@method(name=..., title=..., paper=...)."
        )
    if methods:
        line = methods[1].line()
        where = f" (lines {', '.join(str(method.line()) for method in methods)})"
    else:
        line, where = (functions[0].lineno if functions else 1), ""
    raise DeclarationError(
        f"{path}:{line}: a method's file has one function under @method(...), this one has "
        f"{len(methods)}{where}. Keep one to a file; start a helper's file name with an underscore."
    )


def decorated(path: Path, tree: ast.Module, decorator: str) -> Sequence[Decorated]:
    """The functions under that decorator, with its arguments as values.

    Raises:
        DeclarationError: it stands on something else, or an argument isn't a literal.
    """
    functions = []
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
            functions.append(Decorated(path, node, call, _arguments(path, call, decorator)))
    return functions


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _arguments(path: Path, call: ast.Call, decorator: str) -> dict[str, Any]:
    """A decorator's arguments by name. All must be literals."""
    if call.args:
        raise DeclarationError(
            f"{path}:{call.args[0].lineno}: @{decorator} takes keywords only. Name its arguments, "
            "e.g. name=...."
        )
    values = {}
    for keyword in call.keywords:
        word = keyword.arg or "**"
        culprit = _not_literal(keyword.value)
        if culprit is not None:
            raise DeclarationError(
                f"{path}:{culprit.lineno}: @{decorator}({word}=...) isn't a literal, because of "
                f"{ast.unparse(culprit)}. Write the value out: it is read without running the file."
            )
        values[word] = ast.literal_eval(keyword.value)
    return values


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

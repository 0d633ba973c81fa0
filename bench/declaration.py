"""Reads and checks what a method's file declares, from its text alone.

Here: the literal arguments of `@method(...)` and `@reference(...)`, held against the function's
signature and the suite's lists; every mistake is one sentence with file, line and mend.
Not here: where the files are (bench.registry).
"""

from __future__ import annotations

import ast
import inspect
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import decorators
from bench.suite import Suite


class DeclarationError(Exception):
    """A method's file is wrong; the message says what, where and how to mend it."""


@dataclass(frozen=True)
class Paper:
    """Where a method was published."""

    title: str
    year: int
    link: str


def parse(path: Path) -> ast.Module:
    """The syntax tree of a Python file. Raises DeclarationError where it has none."""
    try:
        return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
    except SyntaxError as error:
        raise DeclarationError(
            f"{path}:{error.lineno}: Python can't read it: {error.msg}. Mend the syntax there."
        ) from None
    except UnicodeDecodeError as error:
        raise DeclarationError(f"{path}: not UTF-8 text ({error}). Save it as UTF-8.") from None


def read_methods(path: Path, suite: Suite) -> dict[str, Any]:
    """The one `@method` of a file: the keywords of bench.registry.Method.

    Raises:
        DeclarationError: it isn't there once, or what it declares is wrong.
    """
    tree = parse(path)
    found = _decorated(path, tree, "method")
    if len(found) != 1:
        where = ", ".join(str(function.lineno) for function, _ in found)
        raise DeclarationError(
            f"{path}: a method's file has one function under @method(...), this one has "
            f"{len(found)}{' (lines ' + where + ')' if found else ''}. Keep one to a file; start "
            "a helper's file name with an underscore."
        )
    function, declared = found[0]
    problem = _wrong(path, declared, function, suite)
    if problem:
        raise DeclarationError(f"{path}:{function.lineno}: method {declared['name']!r} {problem}")
    return {
        **_named(declared),
        "summary": _first_paragraph(ast.get_docstring(tree) or ast.get_docstring(function)),
        "function": function.name,
        "line": function.lineno,
        "paper": Paper(*declared["paper"]),
        "needs": tuple(declared.get("needs", ())),
        "params": dict(declared.get("params") or {}),
        "space": {name: list(values) for name, values in (declared.get("space") or {}).items()},
        "traits": tuple(declared.get("traits", ())),
    }


def read_references(path: Path) -> list[dict[str, Any]]:
    """Every `@reference` of a suite's module: the keywords of bench.registry.Method."""
    return [
        {
            **_named(declared),
            "summary": _first_paragraph(ast.get_docstring(function)),
            "function": function.name,
            "line": function.lineno,
            "role": declared["role"],
            "meaning": declared["meaning"],
        }
        for function, declared in _decorated(path, parse(path), "reference")
    ]


def _named(declared: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": declared["name"],
        "title": declared["title"],
        "track": declared.get("track", ""),
    }


def _first_paragraph(text: str | None) -> str:
    return " ".join((text or "").split("\n\n")[0].split())


def _decorated(
    path: Path, tree: ast.Module, decorator: str
) -> list[tuple[ast.FunctionDef, dict[str, Any]]]:
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
            found.append((node, _arguments(path, call, decorator)))
    return found


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _arguments(path: Path, call: ast.Call, decorator: str) -> dict[str, Any]:
    """A decorator's arguments, held against its own signature. All must be literals."""
    where = f"{path}:{call.lineno}: @{decorator}"
    if call.args:
        raise DeclarationError(f"{where} takes keywords only. Name its arguments, e.g. name=....")
    declared = {}
    for keyword in call.keywords:
        try:
            declared[keyword.arg or "**"] = ast.literal_eval(keyword.value)
        except ValueError:
            raise DeclarationError(
                f"{path}:{keyword.value.lineno}: @{decorator}({keyword.arg}=...) isn't a literal. "
                "Write the value out: it is read without running the file."
            ) from None
    signature = inspect.signature(getattr(decorators, decorator)).parameters
    unknown = sorted(set(declared) - set(signature))
    if unknown:
        raise DeclarationError(
            f"{where} doesn't know {', '.join(unknown)}. It takes {', '.join(signature)}."
        )
    missing = [n for n, p in signature.items() if p.default is p.empty and n not in declared]
    if missing:
        raise DeclarationError(f"{where} lacks {', '.join(missing)}. Add {missing[0]}=... to it.")
    return declared


def _wrong(
    path: Path, declared: dict[str, Any], function: ast.FunctionDef, suite: Suite
) -> str | None:
    """What is wrong with a method's declaration, as the end of a sentence; None if nothing."""
    if declared["name"] != path.stem:
        return f"stands in a file of another name. Call the file {declared['name']}.py."
    if not declared["title"]:
        return "has an empty title. Give it the name that the site should show."
    paper = declared["paper"]
    shape = (str, int, str)
    if not isinstance(paper, tuple) or tuple(type(part) for part in paper) != shape or not paper[0]:
        return f"has paper={paper!r}. Write (title, year, link), e.g. ('TIES', 2023, 'https://…')."
    for word, offered in (
        ("needs", [need.name for need in suite.needs]),
        ("traits", list(suite.traits)),
        ("track", [track.name for track in suite.tracks]),
    ):
        given = declared.get(word) or []
        unknown = sorted(
            {str(name) for name in ([given] if word == "track" and given else given)} - set(offered)
        )
        if unknown:
            known = ", ".join(offered) or "none"
            return (
                f"has {word}={', '.join(unknown)}, which suite {suite.name!r} doesn't offer. "
                f"It offers {known}: correct {word}= in its @method line."
            )
    return _wrong_space(declared) or _wrong_signature(declared, function)


def _wrong_space(declared: dict[str, Any]) -> str | None:
    params, space = declared.get("params") or {}, declared.get("space") or {}
    if not isinstance(params, dict) or not isinstance(space, dict):
        return "has params or space that isn't a dict. Write {'scale': 0.3} and {'scale': [...]}."
    for name, values in space.items():
        if name not in params:
            return f"has {name!r} in space but not in params. Give its default in params."
        if not isinstance(values, (list, tuple)) or not values:
            return f"has space[{name!r}] = {values!r}. Write a list of the values to try."
    return None


def _wrong_signature(declared: dict[str, Any], function: ast.FunctionDef) -> str | None:
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    params = declared.get("params") or {}
    keywords = {a.arg for a in (*positional[1:], *arguments.kwonlyargs)}
    if not positional:
        return f"takes no problem. Write def {function.name}(problem, *, ...)."
    required = {a.arg for a in positional[1:]} - {
        a.arg for a in positional[len(positional) - len(arguments.defaults) :]
    }
    required |= {
        a.arg
        for a, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        if default is None
    }
    unset = sorted(required - set(params))
    if unset:
        return f"has an argument {unset[0]!r} without a default. Add it to params."
    strange = sorted(set(params) - keywords)
    if strange and arguments.kwarg is None:
        return (
            f"has {strange[0]!r} in params, but {function.name}() takes no such argument. Write "
            f"def {function.name}({positional[0].arg}, *, {', '.join(params)})."
        )
    return None

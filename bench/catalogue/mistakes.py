"""What can be wrong with a method's file, found in its text alone.

Here: one check for each mistake that a declaration, a function's head or an import can hold; each
tells the line of the mistake and the end of a sentence that says what and how to mend it. Not here:
reading the file (bench.catalogue.declaration); mistakes that show only when the method runs, which
are the suite's to check (bench.running.checking).
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.catalogue.suggestions import did_you_mean
from bench.contract.suite import Suite

if TYPE_CHECKING:
    from bench.catalogue.declaration import Declared

Mistake = tuple[int, str]
"""The line, and the end of a sentence that starts with the file, the line and the method."""


def mistakes(declared: Declared, suite: Suite) -> Iterator[Mistake]:
    """Every mistake of a method's declaration; the first is the one to tell."""
    yield from _identity(declared)
    yield from _paper(declared)
    yield from _lists(declared, suite)
    yield from _params(declared)
    yield from _space(declared)
    yield from _signature(declared)


def _identity(declared: Declared) -> Iterator[Mistake]:
    name, title = declared.values["name"], declared.values["title"]
    if name != declared.path.stem:
        yield (
            declared.line("name"),
            f"stands in a file of another name. Call the file {name}.py, or the method "
            f"{declared.path.stem!r}.",
        )
    if not isinstance(title, str) or not title:
        yield (
            declared.line("title"),
            "has an empty title. Give it the name that the site should show.",
        )


def _paper(declared: Declared) -> Iterator[Mistake]:
    paper = declared.values["paper"]
    shape = (str, int, str)
    if not isinstance(paper, tuple) or tuple(type(part) for part in paper) != shape or not paper[0]:
        yield (
            declared.line("paper"),
            f"has paper={paper!r}. Write (title, year, link), e.g. ('TIES', 2023, 'https://…').",
        )


def _lists(declared: Declared, suite: Suite) -> Iterator[Mistake]:
    """Needs, traits and track against what the suite knows."""
    for word, offered in (
        ("needs", [need.name for need in suite.needs]),
        ("traits", list(suite.traits)),
        ("track", [track.name for track in suite.tracks]),
    ):
        given = declared.values.get(word) or []
        if word == "track":
            given = [given] if isinstance(given, str) else given
        elif not isinstance(given, (list, tuple)):
            yield declared.line(word), f"has {word}={given!r}. Write a list: {word}=[{given!r}]."
            continue
        for place, name in enumerate(given):
            if name not in offered:
                known = ", ".join(offered) or "none"
                yield (
                    declared.line(word, place),
                    f"has {word}={name}, which suite {suite.name!r} doesn't offer."
                    f"{did_you_mean(str(name), offered)} It offers {known}: correct {word}= in "
                    "its @method line.",
                )


def _params(declared: Declared) -> Iterator[Mistake]:
    params = declared.values.get("params") or {}
    if not isinstance(params, dict):
        yield (
            declared.line("params"),
            f"has params={params!r}. Write a dict, e.g. {{'scale': 0.3}}.",
        )
        return
    for name, default in params.items():
        if not isinstance(name, str) or not name.isidentifier():
            yield (
                declared.line("params", name),
                f"has {name!r} in params, which can't be an argument's name. Write a name.",
            )
        if not _is_plain(default):
            yield (
                declared.line("params", name),
                f"has params[{name!r}] = {default!r}, which no record could hold. Write a finite "
                "number, a text, True, False, None, or a list of them.",
            )


def _space(declared: Declared) -> Iterator[Mistake]:
    params, space = declared.values.get("params") or {}, declared.values.get("space") or {}
    if not isinstance(space, dict):
        yield (
            declared.line("space"),
            f"has space={space!r}. Write a dict, e.g. {{'scale': [1, 2]}}.",
        )
        return
    for name, values in space.items():
        line = declared.line("space", name)
        if name not in params:
            yield (
                line,
                f"has {name!r} in space but not in params.{did_you_mean(str(name), params)} Give "
                "its default in params.",
            )
        elif not isinstance(values, (list, tuple)) or not values:
            yield line, f"has space[{name!r}] = {values!r}. Write a list of the values to try."
        else:
            yield from _grid(declared, name, values, params[name])


def _grid(declared: Declared, name: str, values: Sequence[Any], default: Any) -> Iterator[Mistake]:
    """The values to try must be of the default's type, and differ.

    The default needn't be among them: papers give grids without it, and tuning thins a long grid
    anyway.
    """
    for place, value in enumerate(values):
        line = declared.line("space", name, place)
        if not _is_plain(value) or not _same_type(value, default):
            yield (
                line,
                f"has {value!r} in space[{name!r}], but its default in params is {default!r}. "
                f"Write values of that type ({type(default).__name__}).",
            )
        elif value in values[:place]:
            yield (
                line,
                f"has {value!r} twice in space[{name!r}]. Each would cost a trial: drop one.",
            )


def _same_type(value: Any, default: Any) -> bool:
    """Whether a value can stand for the default: a whole number may stand for a float."""
    if default is None:
        return True
    return type(value) is type(default) or (type(value), type(default)) == (int, float)


def _is_plain(value: Any) -> bool:
    """Whether a key and a record can hold it: finite JSON."""
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError):
        return False
    return True


def _signature(declared: Declared) -> Iterator[Mistake]:
    function, params = declared.function, declared.values.get("params") or {}
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    if not positional:
        yield function.lineno, f"takes no problem. Write def {function.name}(problem, *, ...)."
        return
    head = f"def {function.name}({', '.join([positional[0].arg, '*', *map(str, params)])})"
    head = head.replace(", *)", ")")
    for argument in arguments.posonlyargs[1:]:
        yield (
            argument.lineno,
            f"takes {argument.arg!r} by position only, but hyperparameters come by name. Write "
            f"{head}.",
        )
    optional = {a.arg for a in positional[len(positional) - len(arguments.defaults) :]}
    optional |= {
        a.arg
        for a, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        if default is not None
    }
    named = [*positional[1:], *arguments.kwonlyargs]
    for argument in named:
        if argument.arg not in params and argument.arg not in optional:
            yield (
                argument.lineno,
                f"has an argument {argument.arg!r} without a default. Add it to params."
                f"{did_you_mean(argument.arg, params)}",
            )
    for name in params:
        if name not in {a.arg for a in named} and arguments.kwarg is None:
            yield (
                function.lineno,
                f"has {name!r} in params, but {function.name}() takes no such argument. Write "
                f"{head}.",
            )


def missing_module(tree: ast.Module, path: Path, roots: Sequence[Path]) -> Mistake | None:
    """The first import at a file's top level whose module isn't there.

    Nothing is imported for it: folders under the roots are looked at, and of anything else
    whether its top-level package is installed. Imports under `if` and `try` are left alone.

    Args:
        roots: folders from which absolute imports are resolved, first match wins.
    """
    for node in tree.body:
        if isinstance(node, ast.Import):
            wanted = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            wanted = [node.module or ""]
        elif isinstance(node, ast.ImportFrom):
            folder = path.resolve().parents[node.level - 1]
            if node.module and not _is_module(folder, node.module.split(".")):
                return node.lineno, _no_module("." * node.level + node.module, folder)
            continue
        else:
            continue
        for name in wanted:
            parts = name.split(".")
            for root in roots:
                if _is_module(root, parts[:1]):
                    if not _is_module(root, parts):
                        return node.lineno, _no_module(name, root.joinpath(*parts[:-1]))
                    break
            else:
                if find_spec(parts[0]) is None:
                    return node.lineno, _no_module(name, roots[0])
    return None


def _is_module(folder: Path, parts: Sequence[str]) -> bool:
    place = folder.joinpath(*parts)
    return place.is_dir() or place.with_name(f"{place.name}.py").is_file()


def _no_module(name: str, folder: Path) -> str:
    *before, last = name.split(".")
    near = did_you_mean(last, (p.stem for p in folder.glob("*") if p.suffix in ("", ".py")))
    near = near.replace("'", f"'{'.'.join(before)}.", 1) if before else near
    return f"there is no module {name!r}.{near} Mend the import, or install what it names."

"""Which functions differ between two states of a source file.

Here: functions and methods by their qualified names, compared by their code alone: comments,
docstrings and layout don't count. Not here: whether a run calls them (bench.running.tracing).
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

Function = ast.FunctionDef | ast.AsyncFunctionDef


def changed_functions(old: str, new: str) -> list[str]:
    """The qualified names of functions in the new text that are new or say something else.

    A function within a function is part of it. Bodies of `...` alone, which nobody calls, are left
    out. Where code outside of functions differs, the functions of the file that read a name which
    it binds count as changed; that it runs itself, at import, needs no proof.

    Args:
        old, new: the two states of one file's text; old is "" for a new file.
    """
    before, after = functions_of(old), functions_of(new)
    moved = _bound(set(_outside(new)) ^ set(_outside(old)))
    return sorted(
        name for name, code in after.items() if before.get(name) != code or moved & _read(code)
    )


def functions_of(text: str) -> dict[str, str]:
    """Qualified name -> code of a file's functions and methods."""
    tree = _without_docstrings(ast.parse(text))
    return {name: ast.unparse(node) for name, node in _functions(tree, "") if not _is_a_stub(node)}


def _outside(text: str) -> list[str]:
    """A file's statements outside of its functions; those of a class one by one."""
    tree = _without_docstrings(ast.parse(text))
    for _, node in _functions(tree, ""):
        node.body, node.decorator_list = [ast.Pass()], []
        node.args = ast.arguments([], [], None, [], [], None, [])
        node.returns = None
    inner = [s for node in tree.body if isinstance(node, ast.ClassDef) for s in node.body]
    return [ast.unparse(statement) for statement in [*tree.body, *inner]]


def _bound(statements: Iterable[str]) -> set[str]:
    """The names that some statements bind; a class binds its own."""
    names: set[str] = set()
    for statement in statements:
        for node in ast.walk(ast.parse(statement)):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                names.add(node.id)
            elif isinstance(node, ast.alias):
                names.add((node.asname or node.name).partition(".")[0])
    return names


def _read(code: str) -> set[str]:
    """The names and attributes that a function's code reads."""
    return {
        node.id if isinstance(node, ast.Name) else node.attr
        for node in ast.walk(ast.parse(code))
        if isinstance(node, (ast.Name, ast.Attribute)) and isinstance(node.ctx, ast.Load)
    }


def _functions(tree: ast.AST, prefix: str) -> Iterator[tuple[str, Function]]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, Function):
            yield f"{prefix}{node.name}", node
        elif isinstance(node, ast.ClassDef):
            yield from _functions(node, f"{prefix}{node.name}.")
        elif isinstance(node, (ast.If, ast.Try, ast.With)):
            yield from _functions(node, prefix)


def _without_docstrings(tree: ast.Module) -> ast.Module:
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for node in ast.walk(tree):
        if isinstance(node, documented) and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    return tree


def _is_a_stub(node: Function) -> bool:
    return all(
        isinstance(statement, ast.Pass)
        or (
            isinstance(statement, ast.Expr)
            and isinstance(statement.value, ast.Constant)
            and statement.value.value is ...
        )
        for statement in node.body
    )

"""Which functions differ between two states of a source file.

Here: functions and methods by their qualified names, compared by their code alone: comments,
docstrings and layout don't count. Not here: whether a run calls them (bench.running.tracing).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

Function = ast.FunctionDef | ast.AsyncFunctionDef


def changed_functions(old: str, new: str) -> list[str]:
    """The qualified names of functions in the new text that are new or say something else.

    A function within a function is part of it. Bodies of `...` alone, which nobody calls, are left
    out. A changed constant has no call that could be seen: where code outside of functions differs
    and no function does, all of them are returned.

    Args:
        old, new: the two states of one file's text; old is "" for a new file.
    """
    before, after = functions_of(old), functions_of(new)
    changed = sorted(name for name, code in after.items() if before.get(name) != code)
    if not changed and _outside(old) != _outside(new):
        return sorted(after)
    return changed


def functions_of(text: str) -> dict[str, str]:
    """Qualified name -> code of a file's functions and methods."""
    tree = _without_docstrings(ast.parse(text))
    return {name: ast.unparse(node) for name, node in _functions(tree, "") if not _is_a_stub(node)}


def _outside(text: str) -> str:
    """A file's code outside of its functions."""
    tree = _without_docstrings(ast.parse(text))
    for _, node in _functions(tree, ""):
        node.body, node.decorator_list = [ast.Pass()], []
        node.args = ast.arguments([], [], None, [], [], None, [])
        node.returns = None
    return ast.unparse(tree)


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

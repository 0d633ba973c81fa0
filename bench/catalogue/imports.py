"""Whether what a method's file imports is there, found in its text alone.

Here: the first import of a module that can't be found, as a sentence. Nothing is imported for it.
Not here: other mistakes (bench.catalogue.mistakes), where a suite's modules stand
(bench.catalogue.modules).
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from bench.catalogue.suggestions import did_you_mean


def missing_module(tree: ast.Module, path: Path, roots: Sequence[Path]) -> tuple[int, str] | None:
    """The first import at a file's top level whose module isn't there: its line and a sentence.

    Folders under the roots are looked at, and of anything else whether its top-level package is
    installed. Imports under `if` and `try` are left alone.

    Args:
        roots: folders from which absolute imports are resolved.
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
            holders = [root for root in roots if _is_module(root, parts[:1])]
            if not holders and find_spec(parts[0]) is None:
                return node.lineno, _no_module(name, roots[0])
            if holders and not any(_is_module(root, parts) for root in holders):
                return node.lineno, _no_module(name, holders[-1].joinpath(*parts[:-1]))
    return None


def _is_module(folder: Path, parts: Sequence[str]) -> bool:
    place = folder.joinpath(*parts)
    return place.is_dir() or place.with_name(f"{place.name}.py").is_file()


def _no_module(name: str, folder: Path) -> str:
    *before, last = name.split(".")
    near = did_you_mean(last, (p.stem for p in folder.glob("*") if p.suffix in ("", ".py")))
    near = near.replace("'", f"'{'.'.join(before)}.", 1) if before else near
    return f"there is no module {name!r}.{near} Mend the import, or install what it names."

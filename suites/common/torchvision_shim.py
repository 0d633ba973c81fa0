"""Makes torchvision from PyPI importable beside a CPU build of torch.

That torchvision is built against a CUDA build of torch; beside a CPU build its own library doesn't
load, and its import fails where it registers shapes for the operators that are therefore missing
("operator torchvision::nms does not exist"). Here: `import_torchvision`, which imports it the
ordinary way and, only where that fails for this reason, declares the operators' schemas and imports
it again. Data sets, transforms and models then work; the operators themselves don't. Not here: data
sets (suites.common.torchvision_sets).
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType

import torch

SCHEMAS = {
    "nms": "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms": "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
}

MISSING = "operator torchvision::nms does not exist"
"""What torch says where torchvision's own library didn't load."""

_declared: list[torch.library.Library] = []  # a declaration lasts as long as its library object


def import_torchvision() -> ModuleType:
    """The module torchvision. A call that raised may be tried again in the same process.

    Raises:
        ImportError: it isn't installed, or something that it imports isn't.
    """
    _forget_parts()
    try:
        return import_module("torchvision")
    except ModuleNotFoundError as error:
        if error.name != "torchvision":
            raise
        raise ImportError("torchvision isn't installed; run: pip install torchvision") from None
    except RuntimeError as error:
        if MISSING not in str(error):
            raise
    _forget_parts()
    _declare_missing()
    return import_module("torchvision")


def _forget_parts() -> None:
    """Forget the parts of a torchvision whose import failed for want of its operators.

    Python forgets the package but keeps those of its modules that were imported whole, and another
    import trips over them. As the operators aren't there, they have registered nothing with torch;
    where they are, what is imported already must stay: torch refuses to register it again.
    """
    if "torchvision" in sys.modules or _known("nms"):
        return
    for name in [name for name in sys.modules if name.startswith("torchvision.")]:
        del sys.modules[name]


def _declare_missing() -> None:
    """Declare the schemas that torchvision's own library would have brought.

    Only after that library has failed to load: were it to load later, it would declare them a
    second time, and torch ends the process at that, without a traceback.
    """
    for name, schema in SCHEMAS.items():
        if not _known(name):
            library = torch.library.Library("torchvision", "FRAGMENT")
            library.define(schema)
            _declared.append(library)


def _known(name: str) -> bool:
    """Whether torch knows torchvision's operator of this name."""
    return hasattr(torch.ops.torchvision, name)

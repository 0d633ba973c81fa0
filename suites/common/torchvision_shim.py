"""Makes torchvision from PyPI importable beside a CPU build of torch.

That torchvision is built against CUDA torch; beside a CPU torch its own operators don't load, and
its import fails where it registers shapes for them ("operator torchvision::nms does not exist").
Here: `import_torchvision`, which declares the schemas that the import needs, only where they are
missing. Data sets, transforms and models then work; the operators themselves don't. Not here:
data sets (suites.common.sources).
"""

from __future__ import annotations

import sys
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import torch

SCHEMAS = {
    "nms": "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms": "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
}

_declared: list[torch.library.Library] = []  # a declaration lasts as long as its library object


def import_torchvision() -> ModuleType:
    """The module torchvision.

    Raises:
        ImportError: it isn't installed.
    """
    spec = find_spec("torchvision")
    if spec is None or spec.origin is None:
        raise ImportError("torchvision isn't installed; run: pip install torchvision")
    if "torchvision" not in sys.modules:
        _declare_missing(Path(spec.origin).parent)
    return import_module("torchvision")


def _declare_missing(folder: Path) -> None:
    """Declare the schemas that torchvision's own library doesn't bring.

    The library is loaded first, as the package would: where it fits torch, nothing is missing.
    """
    for file in sorted(folder.glob("_C.*")):
        with suppress(OSError):
            torch.ops.load_library(str(file))
    for name, schema in SCHEMAS.items():
        if not hasattr(torch.ops.torchvision, name):
            library = torch.library.Library("torchvision", "FRAGMENT")
            library.define(schema)
            _declared.append(library)

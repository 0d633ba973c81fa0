"""torchvision beside a CPU torch: tried in a fresh interpreter, as an import happens once."""

from __future__ import annotations

import subprocess
import sys

CODE = """
import torch
from suites.common.torchvision_shim import import_torchvision
torchvision = import_torchvision()
assert import_torchvision() is torchvision
from torchvision.transforms import v2
turned = v2.functional.rotate(torch.eye(4)[None], 90)[0]
assert torch.equal(turned, torch.eye(4).flip(0)), turned
network = torchvision.models.resnet18(num_classes=3).eval()
print(tuple(network(torch.zeros(2, 3, 32, 32)).shape), torchvision.datasets.MNIST.__name__)
"""


def test_transforms_models_and_data_sets_work():
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "(2, 3) MNIST"

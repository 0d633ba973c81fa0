"""torchvision beside whatever torch is installed, each case in a fresh interpreter, as an import
happens once in each: a CPU build whose torchvision can't load its operators, or a pair that fits.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

SHIM = "from suites.common.torchvision_shim import _declared, import_torchvision\n"

USE = """
import torch
torchvision = import_torchvision()
assert import_torchvision() is torchvision
from torchvision.transforms import v2
turned = v2.functional.rotate(torch.eye(4)[None], 90)[0]
assert torch.equal(turned, torch.eye(4).flip(0)), turned
network = torchvision.models.resnet18(num_classes=3).eval()
print(tuple(network(torch.zeros(2, 3, 32, 32)).shape), torchvision.datasets.MNIST.__name__)
"""

LACKING = """
import sys
class Lacking:
    name = "{name}"
    def find_spec(self, name, path, target=None):
        if name == self.name:
            raise ModuleNotFoundError("No module named " + repr(name), name=name)
sys.meta_path.insert(0, Lacking())
for attempt in range(2):
    try:
        import_torchvision()
    except ImportError as error:
        print(error)
sys.meta_path.pop(0)
"""


def run(code):
    """The end of a fresh interpreter that ran the code: an abort would show as its exit code."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def fits():
    """Whether this torchvision's operators load beside this torch, as its plain import tells."""
    plain = run("import torchvision")
    assert plain.returncode == 0 or "operator torchvision::nms does not exist" in plain.stderr
    return plain.returncode == 0


def test_transforms_models_and_data_sets_work():
    done = run(SHIM + USE)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "(2, 3) MNIST"


def test_schemas_are_declared_only_where_torchvision_s_own_operators_don_t_load(fits):
    # box 2 overlaps box 1 by 81 / (100 + 100 - 81) = .68 > .5 and has the lower score: it goes
    done = run(
        SHIM + "import torch\n"
        "torchvision = import_torchvision()\n"
        "print(len(_declared), flush=True)\n"
        "boxes = torch.tensor([[0., 0, 10, 10], [1, 1, 11, 11], [50, 50, 60, 60]])\n"
        "print(torchvision.ops.nms(boxes, torch.tensor([.9, .8, .7]), .5).tolist())"
    )
    assert done.stdout.splitlines() == (["0", "[0, 2]"] if fits else ["2"])
    assert fits or "RuntimeError: Couldn't load custom C++ ops" in done.stderr


def test_it_works_after_a_plain_import_that_failed():
    failed = "try:\n    import torchvision\nexcept RuntimeError:\n    pass\n"
    done = run(failed + SHIM + USE)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "(2, 3) MNIST"


@pytest.mark.parametrize(
    ("lacking", "said"),
    [
        ("torchvision", "torchvision isn't installed; run: pip install torchvision"),
        ("PIL", "No module named 'PIL'"),
    ],
)
def test_an_import_that_failed_can_be_tried_again(lacking, said):
    done = run(SHIM + LACKING.format(name=lacking) + USE)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [said, said, "(2, 3) MNIST"]

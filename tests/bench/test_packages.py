"""Methods and suites of installed packages, and packages that are broken.

Each package here is a real one: a folder with its modules and its dist-info, on Python's path.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.bench.conftest import rename_toy

METHOD = '''"""From a package."""

from bench import method
from acme.aid import share


@method(name="packaged", title="Packaged", paper=("Packaged", 2026, "https://example.org"))
def packaged(problem):
    return share() * problem.numbers.sum()
'''


def install(checkout, name, entry_points, **modules):
    """Install a package beside the others of a folder on Python's path; that folder.

    Args:
        modules: dotted name with two underscores for a dot -> the module's text.
    """
    folder = checkout.root / "installed"
    for module, text in modules.items():
        file = folder / f"{module.replace('__', '/')}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    info = folder / f"{name.replace('-', '_')}-1.0.dist-info"
    info.mkdir(parents=True, exist_ok=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(entry_points)
    return folder


def methods_group(*lines):
    return "[weighhouse.methods]\n" + "\n".join(lines) + "\n"


@pytest.fixture
def checkout(checkout):
    """A checkout whose commands see the folder `installed`, as Python sees site-packages."""
    checkout.variables["PYTHONPATH"] = str(checkout.root / "installed")
    return checkout


LIST = ("list", "methods", "--json")


def listed(done):
    """The methods that LIST names, and what it warns of."""
    assert done.returncode == 0, done.stderr
    return {row["name"] for row in json.loads(done.stdout)}, done.stderr


def good(checkout):
    install(
        checkout,
        "acme-methods",
        methods_group("toy.packaged = acme.packaged"),
        acme____init__="",
        acme__packaged=METHOD,
        acme__aid="def share():\n    return 1.0\n",
    )


def test_a_package_s_method_runs_and_only_its_own_package_is_its_source(checkout):
    good(checkout)
    names, warnings = listed(checkout.bench(*LIST))
    assert "packaged" in names
    assert warnings == ""
    options = ("--seeds", "1")
    [first] = checkout.run("packaged", options=options)
    assert first["status"] == "ok", first["log"]
    install(checkout, "acme-other", methods_group(), unrelated="X = 1")
    assert checkout.run("packaged", options=options)[0]["served"]
    checkout.edit("installed/acme/aid.py", "1.0", "0.5")
    plan = ("plan", "--tier", "smoke", "--method", "packaged", "--json", *options)
    (stale,) = json.loads(checkout.bench(*plan).stdout)["runs"]
    assert [why.rpartition("/")[2] for why in stale["why"]] == ["aid.py changed"]


BROKEN = {
    # what is wrong with the package -> (its entry point, the name of its method, part of the why)
    "a module that isn't there": ("toy.lost = acme.lost", "lost", "there is no module 'acme.lost'"),
    "a suite that isn't there": ("tay.lost = acme.packaged", "lost", "a suite of toy."),
    "a name without a suite": ("lost = acme.packaged", "", "isn't <suite>.<method>"),
    "no module's name": ("toy.lost = ???", "lost", "there is no module '???'"),
    "a file that Python can't read": ("toy.lost = acme.wrong", "lost", "Python can't read it"),
    "a declaration that is wrong": ("toy.lost = acme.typo", "lost", "@method doesn't know titel"),
    "a name that is taken": ("toy.half = acme.half", "half", "the name 'half' is taken by"),
}


def broken(checkout, *points):
    """Install a good package and a broken one with these entry points."""
    good(checkout)
    install(
        checkout,
        "broken-methods",
        methods_group(*points),
        acme__wrong="def (",
        acme__typo=METHOD.replace("title=", "titel="),
        acme__half=METHOD.replace('"packaged"', '"half"').replace("def packaged", "def half"),
    )


@pytest.mark.parametrize(("point", "name", "why"), BROKEN.values(), ids=BROKEN)
def test_a_broken_package_costs_a_warning_and_nothing_else(checkout, honest, point, name, why):
    shutil.copytree(honest.home, checkout.home)  # so that a run is served
    broken(checkout, point)
    run = ("run", "--tier", "smoke", "--json", "--method", "half", "--seeds", "1")
    asked, done = checkout.bench_each([LIST, run])
    names, warnings = listed(asked)
    assert {"half", "packaged"} <= names
    assert warnings.startswith(f"warning: the method {name!r} of package 'broken-methods' is left ")
    assert why in warnings
    assert warnings.endswith("mend the package, or remove it (pip uninstall broken-methods).\n")
    assert warnings.count("\n") == 1
    records = json.loads(done.stdout)["records"]
    assert [(record["status"], record["served"]) for record in records] == [("ok", True)]


def test_whatever_is_broken_a_run_is_made_as_ever(checkout):
    broken(checkout, *(point for point, *_ in BROKEN.values()))
    done = checkout.bench("run", "--tier", "smoke", "--seeds", "1", "--method", "half", "--json")
    assert done.stderr.count("warning: the method ") == len(BROKEN)
    (record,) = json.loads(done.stdout)["records"]
    assert (done.returncode, record["status"], record["served"]) == (0, "ok", False)


def test_asking_for_a_broken_package_s_method_fails_with_its_sentence(checkout):
    install(checkout, "broken-methods", methods_group("toy.lost = acme.lost"))
    done = checkout.bench("run", "--tier", "smoke", "--method", "lost")
    warning, error = done.stderr.splitlines()
    assert done.returncode == 2
    assert error == warning.replace("warning: ", "error: ")


def suite_package(checkout, point, edit=("", ""), name="boxed"):
    """Install the toy suite as a package's, under that name."""
    toy = Path(__file__).parent / "toy"
    folder = checkout.root / "installed" / "acme" / name
    shutil.copytree(toy / "suites/toy", folder)
    rename_toy(folder, f"acme.{name}", name)
    for file in folder.glob("*.py"):
        file.write_text(file.read_text().replace(*edit))
    (folder / "methods").mkdir()
    (folder / "methods/inside.py").write_text(
        METHOD.replace("packaged", "inside")
        .replace("from acme.aid import share\n", "")
        .replace("share() * ", "")
    )
    install(checkout, f"acme-{name}", f"[weighhouse.suites]\n{point}\n", acme____init__="")


def test_a_package_s_suite_runs_with_the_methods_beside_it(checkout):
    """Whether its entry point names the suite or its module alone."""
    suite_package(checkout, "boxed = acme.boxed.definition:SUITE")
    suite_package(checkout, "crated = acme.crated.definition", name="crated")
    suites = ("--suite", "boxed", "--suite", "crated")
    done = checkout.bench("run", "--tier", "smoke", *suites, "--json")
    assert done.returncode == 0, done.stderr
    records = json.loads(done.stdout)["records"]
    assert {(r["suite"], r["method"], r["status"]) for r in records} == {
        (suite, method, "ok")
        for suite in ("boxed", "crated")
        for method in ("zero", "truth", "inside")
    }


@pytest.mark.parametrize(
    ("point", "edit", "why"),
    [
        ("boxed = acme.lost", ("", ""), "there is no module 'acme.lost'"),
        ("boxed = acme.boxed.definition:SUIT", ("", ""), "has no attribute 'SUIT'"),
        ("bxd = acme.boxed.definition", ("", ""), "SUITE is called 'boxed'"),
        ("boxed = acme.boxed.definition", ("BUDGET = ", "raise SystemExit(3)\nX = "), "SystemExit"),
        ("boxed = acme.boxed.definition", ("acme.boxed.harness", "acme.lost"), "is no module"),
    ],
)
def test_a_broken_package_s_suite_costs_a_warning_and_nothing_else(checkout, point, edit, why):
    suite_package(checkout, point, edit)
    name = point.partition(" ")[0]
    run = ("run", "--suite", name, "--tier", "smoke")
    done, asked = checkout.bench_each([("list", "suites", "--json"), run])
    assert [row["name"] for row in json.loads(done.stdout)] == ["toy"]
    assert done.stderr.startswith(f"warning: the suite {name!r} of package 'acme-boxed' ")
    assert why in done.stderr
    assert done.stderr.count("\n") == 1
    assert asked.returncode == 2
    assert f"error: the suite {name!r} of package 'acme-boxed' is left out" in asked.stderr

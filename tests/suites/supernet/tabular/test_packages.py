"""What the shipped tables were made from: pinned, held against them, and missed in one sentence."""

from __future__ import annotations

import gzip
import subprocess
import sys

import pytest

from bench.catalogue.registry import ROOT
from bench.planning.shipped import ShippedTable
from commands.again import IDENTICAL
from commands.auditing_tables import audit_row
from suites.common.data_set import SourceError
from suites.supernet.tabular import extract, packages, shipped
from suites.supernet.tabular.__main__ import check
from suites.supernet.tabular.extract import TABLES
from suites.supernet.tabular.packages import NB201, NBGRAPH, PackagedFile

FILES = [*NB201.values(), NBGRAPH]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.path)
def test_the_packages_files_are_those_that_are_pinned(file) -> None:
    assert len(file.content()) > 1_900_000


@pytest.mark.parametrize("name", TABLES)
def test_every_row_of_a_shipped_table_is_made_again_from_its_package(name, capsys) -> None:
    assert check(TABLES[name])
    count = {"nb201": shipped.NB201, "nbgraph": shipped.NBGRAPH}[name].rows
    assert capsys.readouterr().out == f"{name}: {count} of {count} rows are the same\n"


@pytest.fixture
def altered(monkeypatch, tmp_path):
    """A shipped table with one digit changed, beside a package that has it as it was."""
    table = TABLES["nbgraph"]
    lines = table.shipped_lines()
    monkeypatch.setattr(extract, "FOLDER", tmp_path)
    changed = [lines[0], lines[1].replace("2044", "2045"), *lines[2:]]
    held = extract.PackagedTable(name="nbgraph", columns=table.columns, rows=lambda: lines)
    other = extract.PackagedTable(name="nbgraph", columns=table.columns, rows=lambda: changed)
    other.write()
    return held


def test_a_row_that_differs_is_shown_and_found(altered, capsys) -> None:
    assert not check(altered)
    assert capsys.readouterr().out == (
        "row 1 shipped: 00001,2045,98392,103001,138664\n"
        "row 1 package: 00001,2044,98392,103001,138664\n"
        "nbgraph: 26205 of 26206 rows are the same\n"
    )


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, timeout=250)


def test_the_audit_of_tables_makes_a_row_again_by_the_command_that_is_shipped_with_it() -> None:
    table = ShippedTable(shipped.NBGRAPH, ROOT)
    with gzip.open(table.path, "rt", encoding="utf-8") as opened:
        lines = set(opened.read().splitlines())
    audited = audit_row(table, 26_205, lines)
    assert (audited.verdict, audited.reason) == (IDENTICAL, "")


def test_a_row_that_no_table_has_is_named_in_one_sentence() -> None:
    program, *words = shipped.NBGRAPH.command(26_206).split()
    assert program == "python"
    done = run(sys.executable, *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "nbgraph has rows 0 to 26205, and no row 26206\n"


def test_neither_package_is_imported() -> None:
    code = (
        "import sys; from suites.supernet.tabular.packages import NB201, NBGRAPH; "
        "[file.content() for file in (*NB201.values(), NBGRAPH)]; "
        "print([name for name in sys.modules if name.startswith(('hpo_bench', 'nas_bench'))])"
    )
    assert run(sys.executable, "-c", code).stdout == "[]\n"


def test_a_missing_package_is_named_in_one_sentence(monkeypatch) -> None:
    def missing(name: str):
        raise packages.PackageNotFoundError(name)

    monkeypatch.setattr(packages, "distribution", missing)
    with pytest.raises(SourceError) as error:
        NBGRAPH.content()
    assert str(error.value) == (
        "the package nas-bench-graph isn't installed; run: pip install --no-deps "
        "nas-bench-graph==1.4.0"
    )


def test_other_content_and_a_missing_file_are_refused() -> None:
    other = PackagedFile(
        package=NBGRAPH.package, version="1.4.0", path=NBGRAPH.path, digest="0" * 64
    )
    with pytest.raises(SourceError, match=r"has digest 7ee21a7653.*, expected 000000000000"):
        other.content()
    gone = PackagedFile(
        package=NBGRAPH.package, version="1.4.0", path="nas_bench_graph/none", digest="0" * 64
    )
    with pytest.raises(SourceError, match="the package nas-bench-graph holds no nas_bench_graph"):
        gone.content()


def test_figures_that_arent_what_they_were_are_refused() -> None:
    results = {"valid_perf": 0.67912, "perf": 0.5, "latency": 0.1, "para": 0.1}
    with pytest.raises(SourceError, match=r"row 00000: 2037\.36 isn't a count"):
        extract._nbgraph_row("00000", results)
    with pytest.raises(SourceError, match=r"row 000000: seeds differ"):
        extract._same([1.0, 2.0], "000000")

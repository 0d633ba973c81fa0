"""docs/crosscheck.md holds the table that the tests of tests/crosscheck tell; read as text."""

from bench.catalogue.registry import catalogue
from tests.crosscheck.comparisons import PAGE, comparisons, page, table


def test_the_page_holds_the_table_of_the_comparisons():
    assert PAGE.read_text() == page(), "run: python -m tests.crosscheck.comparisons"


def test_every_comparison_is_of_a_method_that_exists():
    methods = catalogue().methods
    known = {name for suite in ("merging", "hypernet", "selection") for name in methods[suite]}
    assert {c.method for c in comparisons()} <= known


def test_every_merging_method_has_a_row():
    methods = catalogue().methods["merging"].values()
    for entry in methods:
        assert (f"| `{entry.name}` |" in table()) == (entry.kind == "method")


def test_a_hypernet_method_has_a_row_where_it_is_compared():
    compared = {c.method for c in comparisons()} & set(catalogue().methods["hypernet"])
    assert {"mip", "standard_fan_out", "hypercl"} <= compared
    _, _, hypernet = table().partition("## hypernet")
    hypernet, _, selection = hypernet.partition("## selection")
    assert "| `facility_location` |" in selection
    assert all(f"| `{name}` |" in hypernet for name in compared)

"""docs/crosscheck.md holds the table that the tests of tests/crosscheck tell; read as text."""

from bench.catalogue.registry import catalogue
from tests.crosscheck.comparisons import PAGE, comparisons, page, table


def test_the_page_holds_the_table_of_the_comparisons():
    assert PAGE.read_text() == page(), "run: python -m tests.crosscheck.comparisons"


def test_every_comparison_is_of_a_method_that_exists():
    methods = catalogue().methods
    suites = ("merging", "hypernet", "selection")
    assert {c.method for c in comparisons()} <= {
        name for suite in suites for name in methods[suite]
    }


def test_every_merging_method_has_a_row():
    methods = catalogue().methods["merging"].values()
    for entry in methods:
        assert (f"| `{entry.name}` |" in table()) == (entry.kind == "method")


def test_a_hypernet_method_has_a_row_where_it_is_compared():
    compared = {c.method for c in comparisons()} & set(catalogue().methods["hypernet"])
    assert {"mip", "standard_fan_out", "hypercl"} <= compared
    hypernet = table().partition("## hypernet")[2].partition("## selection")[0]
    assert all(f"| `{name}` |" in hypernet for name in compared)

"""docs/statistics.md: its example runs as it stands there, and no statistic is left out."""

import re
from pathlib import Path

import pytest

from reports.statistics import STATISTICS

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "statistics.md").read_text()


def test_the_example_runs_as_it_stands_there(capsys: pytest.CaptureFixture[str]) -> None:
    exec(re.findall(r"```python\n(.*?)```", PAGE, re.S)[0], {})
    said = capsys.readouterr().out
    # mine wins seed 0 and loses seed 1: half of its matches
    assert re.search(r"mine +0\.70 .* 0\.5 +1\.0", said), said


@pytest.mark.parametrize("name", STATISTICS)
def test_every_registered_statistic_is_explained(name: str) -> None:
    assert f"| `{name}` |" in PAGE

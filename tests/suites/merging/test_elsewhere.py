"""suites.merging.elsewhere: our orders of methods beside published ones."""

import pytest

from bench.records.published import PUBLISHED, read
from suites.merging.elsewhere import ORDERS, agreement, agreements, main, mean_accuracies
from suites.merging.tasks import NEARER

CLIP, GPT = ORDERS


def test_the_two_published_orders_agree_little():
    # CLIP: RegMean > TIES > Fisher > task arithmetic > average; GPT-2: task arithmetic = TIES >
    # RegMean > Fisher > average. Of ten pairs six are alike, three not, one is a tie there:
    # tau-b = (6 - 3) / sqrt(10 x 9)
    by_method = {method: value for (method, _variant), value in GPT.accuracies.items()}
    found = agreement(CLIP, {row: by_method[row[0]] for row in CLIP.accuracies})
    assert found == pytest.approx(3 / 90**0.5)


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: order.title)
def test_an_order_agrees_with_itself_and_is_the_opposite_of_itself_upside_down(order):
    assert agreement(order, order.accuracies) == pytest.approx(1)
    upside_down = {row: -value for row, value in order.accuracies.items()}
    assert agreement(order, upside_down) == pytest.approx(-1)


def test_it_prints_a_line_for_every_task(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr("sys.argv", ["elsewhere", "--published", str(tmp_path)])
    main()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "CLIP ViT-B/32 and GPT-2: tau 0.32"
    assert all(line.endswith("the records lack some of the five methods") for line in lines[1:])
    assert len(lines) > 7


@pytest.mark.parametrize("task", NEARER)
def test_a_task_tells_which_published_order_its_own_is_nearer_to(task):
    taus = agreements(mean_accuracies(read(PUBLISHED), task, "held_in"))
    ahead = taus[CLIP.title] - taus[GPT.title]
    one_pair = 0.2
    assert NEARER[task] == ("" if abs(ahead) < one_pair else "CLIP's" if ahead > 0 else "GPT-2's")

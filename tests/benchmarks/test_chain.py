"""The cascade beside chain-ensembles: `make test` installs it, in .venv/peers."""

import sys
from pathlib import Path

import numpy as np
import pytest

from mollia.errors import DataError
from mollia_benchmarks import protocol
from mollia_benchmarks.chain import Said, ask_chain, chains_of, is_graded, run, said_by
from mollia_benchmarks.datasets import load
from mollia_benchmarks.job import Job


@pytest.fixture
def peer():
    python = Path(sys.prefix) / "peers/bin/python"
    assert python.is_file(), f"{python} is missing: make test installs chain-ensembles there"
    return str(python)


def test_a_chain_forwards_its_least_confident_share(peer):
    rng = np.random.default_rng(0)
    said = Said(labels=rng.integers(3, size=(300, 3)), confidence=rng.random((300, 3)))
    found = ask_chain(said, [np.array([2]), np.array([0, 1, 2])], peer)
    np.testing.assert_array_equal(found["labels"][0], said.labels[:, 2])
    assert found["calls"][0].tolist() == [1] * 300
    assert np.bincount(found["calls"][1]).tolist() == [0, 100, 100, 100]
    kept = found["calls"][1] == 1
    assert said.confidence[kept, 0].min() > said.confidence[~kept, 0].max()
    np.testing.assert_array_equal(found["labels"][1][kept], said.labels[kept, 0])


def test_the_best_llms_on_the_labels_form_a_chain_with_the_best_last(panel_folder):
    recorded = load("parcels", panel_folder)
    y = protocol.labels_of(recorded.gold, 100, 0)
    said = said_by(recorded)
    chains = chains_of(said, y)
    right = [(said.labels[:, llm] == y)[y >= 0].mean() for llm in chains[-1]]
    assert right == sorted(right)
    assert recorded.answers.llms[chains[-1][0]] == "poor_1b"
    assert [chain.tolist() for chain in chains] == [chains[-1][at:].tolist() for at in (2, 1, 0)]
    assert (said.confidence >= 0).all()


def test_accuracy_stands_against_calls_and_cells_are_kept(panel_folder, peer, tmp_path):
    told = []
    job = Job(sets=["parcels"], data=panel_folder, out=tmp_path, say=told.append)
    text = run(job, labels=40, draws=1, python=peer)
    first, paired = (part.splitlines()[2:] for part in text.split("\n\n"))
    assert [line.split(" | ")[1] for line in first] == [
        "chain of 1",
        "chain of 2",
        "chain of 3",
        "cascade_loss = 0.01",
        "cascade_loss = 0.02",
        "cascade_loss = 0.04",
        "all LLMs",
    ]
    calls = [float(line.split("|")[4]) for line in first]
    assert calls[0] == 1
    assert calls[-1] == max(calls) == 3
    assert 1 < calls[1] < calls[2] < 3
    assert len(paired) == 4
    right = {line.split(" | ")[1]: float(line.split(" | ")[2].split()[0]) for line in first}
    for line in paired:
        _, way, chain, asked, lead, _ = (cell.strip() for cell in line.strip("| ").split("|"))
        own, others = map(float, asked.split(" against "))
        assert others <= own
        assert right[chain] == max(right[f"chain of {n}"] for n in (1, 2, 3)), "all ask fewer than these ways"
        lead_of = 100 * (right[way] - right[chain])
        assert float(lead.split(" ")[0]) == pytest.approx(lead_of, abs=0.16), "figures are rounded to .001"
    count = len(told)
    assert run(job, labels=40, draws=1, python="no Python at all") == text, (
        "what is kept is not measured again"
    )
    assert len(told) == count


def test_panels_without_confidence_are_left_out_aloud(tmp_path):
    told = []
    job = Job(sets=["arxiv_review"], out=tmp_path, say=told.append)
    assert not is_graded(load("arxiv_review", job.data))
    with pytest.raises(DataError, match="several samples"):
        run(job, labels=40, draws=1, python=sys.executable)
    assert told[0].startswith("arxiv_review is left out")


def test_a_python_without_the_peer_is_told_with_the_way_to_get_it(tmp_path):
    said = Said(labels=np.zeros((9, 2), int), confidence=np.ones((9, 2)))
    with pytest.raises(DataError, match="absent: chain-ensembles") as refused:
        ask_chain(said, [np.array([0, 1])], sys.executable)
    assert "pip install --no-deps chain-ensembles" in str(refused.value.hint)

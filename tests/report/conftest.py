"""Runs to draw: one from the recorded complaints, small synthetic ones for the edges."""

import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from mollia.fusion import Vote, fuse
from mollia.honest import cross_fitted_accuracy, cross_fitted_posterior
from mollia.loop.result import RunResult
from mollia.quality.gold_scores import FUSED, against_gold
from mollia.quality.judging import Judging
from mollia.records import Fused, HumanLabels, PanelAnswers, Pool, Round

DATA = Path(__file__).parents[2] / "benchmarks" / "data"


def recorded_run(name, *, n_seed=50, rounds=4, with_gold=True):
    """Return a run on a recorded panel, made of the real parts but for the loop."""
    about = json.loads((DATA / "labels.json").read_text())[name]
    table = pq.read_table(DATA / about["pool"])
    classes, llms = tuple(about["labels"]), tuple(about["llms"])
    ids = tuple(str(i) for i in table["id"].to_pylist())
    texts = tuple(table["text"].to_pylist())
    gold = np.array([classes.index(g) if isinstance(g, str) else g for g in table["gold"].to_pylist()])
    votes = [[v or [0.0] * len(classes) for v in table[f"{llm}_votes"].to_pylist()] for llm in llms]
    c = np.stack(votes, axis=1)  # (n, N, K)
    panel = PanelAnswers(ids=ids, llms=llms, z=np.zeros_like(c), c=c)
    rng = np.random.default_rng(0)
    order = rng.permutation(len(ids))
    rows = np.sort(order[:n_seed])
    y = np.full(len(ids), -1)
    y[rows] = gold[rows]
    fused = fuse(panel, y, texts=texts, method="vote")
    cross_fitted = np.full_like(fused.posterior, np.nan)
    cross_fitted[rows] = cross_fitted_posterior(Vote(), panel, y, texts)
    vectors = TfidfVectorizer(max_features=300).fit_transform(texts)
    done, given = [], rows
    for number in range(1, rounds + 1):
        batch = order[n_seed + 50 * (number - 2) : n_seed + 50 * (number - 1)] if number > 1 else order[:0]
        given = np.concatenate([given, batch])
        student = LogisticRegression(C=10).fit(vectors[given], fused.label[given]).predict(vectors)
        unseen = np.setdiff1d(np.arange(len(ids)), given)
        scores = {
            "accuracy": float((student == gold)[y < 0].mean()),
            "student agrees with mollia's labels on new rows": float((student == fused.label)[unseen].mean()),
        }
        done.append(
            Round(
                number=number,
                asked=tuple(ids[i] for i in batch),
                alpha=0.5,
                lambda_=0.4 + 0.06 * number,
                scores=scores,
            )
        )
    best = (np.where(c.sum(2) > 0, c.argmax(2), -1)[rows] == gold[rows, None]).mean(0).argmax()
    scored = y < 0
    return RunResult(
        name=name,
        instruction="Which product is this complaint about?",
        classes=classes,
        pool=Pool(
            ids=ids, texts=texts, gold=gold if with_gold else np.full(len(ids), -1), source="pool.parquet"
        ),
        panel=panel,
        names_none=np.zeros(panel.asked.shape, bool),
        seed=HumanLabels(
            ids=tuple(ids[i] for i in rows), y=y[rows], chance=np.full(n_seed, n_seed / len(ids))
        ),
        fused=fused,
        source=tuple("human" if known else "panel" for known in y >= 0),
        student_probs=np.eye(len(classes))[student],
        rounds=tuple(done),
        estimate=cross_fitted_accuracy(cross_fitted[rows], y[rows], n_rows=len(ids)),
        cross_fitted=cross_fitted,
        judging=Judging(
            rows=rows, y=y[rows], probs=cross_fitted[rows], chance=np.full(n_seed, np.nan), audit=False
        ),
        scores={
            FUSED: against_gold(fused.label, gold, scored, fused.confidence),
            "mollia's student": against_gold(student, gold, scored),
            f"best single LLM ({llms[best]})": against_gold(c[:, best].argmax(1), gold, scored),
        }
        if with_gold
        else {},
        scored_rows=int(scored.sum()) if with_gold else 0,
        seconds=41.3,
        settings={
            "name": name,
            "instruction": "Which product is this complaint about?",
            "data": {"path": "complaints.csv", "text": "text"},
            "classes": [{"name": k} for k in classes],
            "fuse": {"method": "vote"},
            "query": {"strategy": "random", "batch": 50, "rounds": rounds},
            "run": {"random_state": 0},
        },
        warnings=("Two copies of one text carry different human labels: rows 17 and 404.",),
    )


def small_run(
    n=60,
    n_classes=3,
    n_llms=3,
    n_seed=20,
    *,
    gold=False,
    seed_classes=None,
    texts=None,
    names=None,
    cross_fit=True,
    **changes,
):
    """Return a synthetic run; LLMs are right in 70 % of the rows."""
    rng = np.random.default_rng(1)
    truth = rng.integers(seed_classes or n_classes, size=n)
    said = np.where(rng.random((n, n_llms)) < 0.7, truth[:, None], rng.integers(n_classes, size=(n, n_llms)))
    c = np.eye(n_classes)[said]
    ids = tuple(f"r{i}" for i in range(n))
    panel = PanelAnswers(ids=ids, llms=tuple(f"llm{i}" for i in range(n_llms)), z=np.zeros_like(c), c=c)
    y = np.where(np.arange(n) < n_seed, truth, -1)
    posterior = c.mean(1)
    posterior[:n_seed] = np.eye(n_classes)[truth[:n_seed]]
    human = y >= 0
    cross_fitted, estimate, judging = None, None, None
    if n_seed and cross_fit:
        cross_fitted = np.full_like(posterior, np.nan)
        cross_fitted[:n_seed] = c.mean(1)[:n_seed]
        estimate = cross_fitted_accuracy(cross_fitted[:n_seed], y[:n_seed], n_rows=n)
        judging = Judging(
            rows=np.arange(n_seed),
            y=y[:n_seed],
            probs=cross_fitted[:n_seed],
            chance=np.full(n_seed, n_seed / n),
            audit=False,
        )
    values = {
        "name": "small",
        "instruction": "What is it?",
        "classes": tuple(names or (f"class {k}" for k in range(n_classes))),
        "pool": Pool(
            ids=ids,
            texts=tuple(texts or (f"text {i}" for i in range(n))),
            gold=truth if gold else np.full(n, -1),
        ),
        "panel": panel,
        "names_none": np.zeros((n, n_llms), bool),
        "seed": HumanLabels(ids=ids[:n_seed], y=y[:n_seed], chance=np.full(n_seed, n_seed / n)),
        "fused": Fused(
            posterior=posterior,
            negative=posterior < 0.01,
            human=human,
            method="mixture",
            calibrated=n_seed >= 20,
        ),
        "source": tuple("human" if h else "panel" for h in human),
        "student_probs": posterior,
        "rounds": (),
        "estimate": estimate,
        "cross_fitted": cross_fitted,
        "judging": judging,
    }
    return RunResult(**(values | changes))


@pytest.fixture(scope="session")
def complaints():
    return recorded_run("consumer_complaints")


@pytest.fixture(scope="session")
def policies():
    return recorded_run("policy_en", with_gold=False)


@pytest.fixture
def small():
    return small_run

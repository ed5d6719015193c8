"""The checks for strangers' packages hold for all of ours, and notice what breaks a promise."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator

from mollia.about import about
from mollia.annotate.recorded import RecordedAnnotator
from mollia.data.format import Format
from mollia.data.table import Table
from mollia.encode.lexical import Lexical
from mollia.fusion import MoLAM, Vote
from mollia.ledger.sqlite_store import SqliteStore, open_store
from mollia.records import Picked
from mollia.registry import find, names
from mollia.student import FrozenStudent
from mollia.testing import (
    PromiseBroken,
    check_annotator,
    check_encoder,
    check_format,
    check_fuser,
    check_store,
    check_strategy,
    check_student,
)


@pytest.mark.parametrize(
    "name", [name for name in names("fuser") if name not in ("default", "molam", "molam_repaired")]
)
def test_our_fusers_pass(name):
    check_fuser(find("fuser", name)())


def test_molam_passes():
    check_fuser(MoLAM(n_estimators=5, max_rounds=1, n_jobs=1))


@pytest.mark.parametrize("name", names("query"))
def test_our_strategies_pass_and_read_what_they_name(name):
    check_strategy(find("query", name))


@pytest.mark.parametrize("ending", names("format"))
def test_our_formats_pass(ending, tmp_path):
    path = tmp_path / f"x.{ending}"
    format_ = find("format", ending)
    if format_.write is None:
        path.write_text('[{"id": "1"}, {"id": "2"}, {"id": "3"}]' if ending == "json" else "id\n1\n2\n3\n")
    check_format(format_, path)


def test_our_encoder_student_and_annotator_pass():
    check_encoder(Lexical(dim=4).fit(["a text", "another"]))
    check_student(FrozenStudent())
    check_annotator(lambda: RecordedAnnotator("r", ["0", "1"], probs=[[0.5, 0.2, 0.1], None]))


def test_our_store_passes_and_what_it_holds_is_there_when_it_is_opened_again(tmp_path):
    with open_store(tmp_path / "ledger.sqlite") as store:
        check_store(store)
    with open_store(tmp_path / "ledger.sqlite") as again:
        assert len(list(again.all_answers())) == 1
        assert len(again.rounds()) == 2
        with pytest.raises(PromiseBroken, match="missing at first"):
            check_store(again)


class Unnormalised(Vote):
    def predict_proba(self, X, *, texts=None):
        return 2 * super().predict_proba(X, texts=texts)


class Forgetful(BaseEstimator):
    def fit(self, X, y, *, texts=None):  # noqa: ARG002  # the protocol's signature
        self.classes_ = np.arange(X.n_classes)
        return self

    def predict_proba(self, X, *, texts=None):  # noqa: ARG002  # the same
        return np.random.default_rng().dirichlet(np.ones(X.n_classes), len(X))


@about(needs=())
def greedy(view, n, _rng, /):
    return Picked(rows=np.argsort(view.probs[:, 0])[:n].astype(np.int64))


@about(needs=())
def doubling(view, n, _rng, /):
    return Picked(rows=np.zeros(min(n, len(view)), np.int64))


def lossy(path, _text, /, *, size, names):
    yield Table(columns={"text": [path.name]}, source=str(path), places=(1,))


class Silent(RecordedAnnotator):
    def __init__(self):
        super().__init__("r", [])

    def annotate(self, _questions, /):
        return iter(())


class Confident(SqliteStore):
    """Takes a failure for an answer."""

    def missing(self, questions, /, *, llm):
        stored = {each.key for each in self.answers([each.key for each in questions], llms=[llm])}
        return [each for each in questions if each.key not in stored]


def check_confident_store(folder):
    with Confident(folder / "ledger.sqlite") as store:
        check_store(store)


@pytest.mark.parametrize(
    ("check", "said"),
    [
        (lambda _: check_fuser(Unnormalised()), "do not sum to 1"),
        (lambda _: check_fuser(Forgetful()), "gave another posterior"),
        (lambda _: check_strategy(greedy), "reads view.probs"),
        (lambda _: check_strategy(doubling), "a row twice"),
        (lambda _: check_annotator(Silent), "one answer"),
        (check_confident_store, "must not serve as an answer"),
        (
            lambda folder: check_format(
                Format(read=lossy, write=find("format", "csv").write), folder / "x.csv"
            ),
            "read back",
        ),
    ],
)
def test_a_broken_promise_is_said(check, said, tmp_path):
    with pytest.raises(PromiseBroken, match=said):
        check(tmp_path)

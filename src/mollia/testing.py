"""What an implementation must do to take its place, as checks for a package that adds one.

    from mollia.testing import check_fuser
    def test_it_keeps_the_promises(): check_fuser(MyFuser())

Each check raises a PromiseBroken with one sentence. They are the promises alone: how good a fuser or strategy is, no
check can say. Our own suites (tests/*conformance*) run over the registry and ask for more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.base import clone

from mollia.about import About
from mollia.annotate.prompt import make_questions
from mollia.arrays import Probs
from mollia.data.format import Format
from mollia.panel_mass import ROUNDING
from mollia.protocols import Annotator, Encoder, Fuser, QueryStrategy, Store, Student
from mollia.query.pool_view import FixedView
from mollia.records import Answer, HumanLabels, PanelAnswers, Round, Use
from mollia.text_format import UTF_8

K, N_LLMS, N = 3, 3, 48
VIEWED = ("probs", "vectors", "labelled_vectors", "passes", "deviations", "panel", "fused")
WORDS = ("refund", "parcel", "thanks")


class PromiseBroken(AssertionError):
    """An implementation does not do what its protocol promises."""


def _must(holds: object, sentence: str) -> None:
    if not holds:
        raise PromiseBroken(sentence)


def check_fuser(fuser: Fuser) -> None:
    """Check a fuser, given unfitted."""
    X, gold, texts = _panel()
    for what, y in (
        ("some human labels", np.where(np.arange(N) < N // 2, gold, -1)),
        ("no human label", np.full(N, -1)),
        ("human labels of one class", np.where(gold == 0, 0, -1)),
    ):
        for read in (texts, None):
            made = clone(fuser)
            _must(made.fit(X, y, texts=read) is made, "fit must return the fuser.")
            _must(list(made.classes_) == list(range(K)), f"classes_ must be the numbers 0 to {K - 1}.")
            P = made.predict_proba(X, texts=read)
            _distributions(P, N, f"With {what} predict_proba")
            again = clone(fuser).fit(X, y, texts=read).predict_proba(X, texts=read)
            _must(np.array_equal(P, again), f"With {what} the same random_state gave another posterior.")
    new = made.predict_proba(X[: N // 3], texts=None)
    _distributions(new, N // 3, "For rows other than those of fit predict_proba")


def check_strategy(strategy: QueryStrategy) -> None:
    """Check a query strategy, and that it reads of its view what it says it needs (`mollia.about`)."""
    needs = getattr(strategy, "about", About()).needs
    _must(needs <= set(VIEWED), f"It needs {sorted(needs - set(VIEWED))}, which no view has.")
    for m in (0, 1, N):
        view = _Watched(_view(m), needs)
        for n in (0, 1, 7, 2 * N):
            rows = strategy(view, n, np.random.default_rng(0)).rows
            again = strategy(view, n, np.random.default_rng(0)).rows
            _must(np.array_equal(rows, again), "The same generator gave other rows.")
            _must(len(rows) == min(n, m), f"Asked for {n} of {m} rows, it gave {len(rows)}.")
            _must(len(set(rows.tolist())) == len(rows), "It gave a row twice.")
            _must(((rows >= 0) & (rows < m)).all(), "It gave a position that is not in the view.")


def check_encoder(encoder: Encoder) -> None:
    """Check an encoder, given ready to encode."""
    texts = ["one text", "", "naïve café 北京", "word " * 300]
    vectors = encoder.encode(texts)
    _must(vectors.shape == (len(texts), encoder.dim), f"encode gave the shape {vectors.shape}.")
    _must(vectors.dtype == np.float32 and np.isfinite(vectors).all(), "Vectors must be finite float32.")
    _must(encoder.encode([]).shape == (0, encoder.dim), "Without texts encode must give (0, dim).")
    _must(encoder.name and encoder.name == encoder.name, "The name must stay the same.")  # computed again


def check_student(student: Student) -> None:
    """Check a student, given unfitted."""
    _, gold, texts = _panel()
    y = np.eye(K)[gold] * 0.8 + 0.2 / K
    made = clone(student)
    negative = np.zeros((N, K), bool)
    made.fit(texts, y, sample_weight=np.ones(N), negative=negative, negative_weight=0.4)
    P = made.predict_proba([*texts, ""])
    _distributions(P, N + 1, "predict_proba")
    _must(list(made.classes_) == list(range(K)), f"classes_ must be the numbers 0 to {K - 1}.")
    _must(len(made.embed(texts)) == N, "embed must give a row per text.")
    one = clone(student).fit(texts[:1], y[:1]).predict_proba(texts[:1])
    _distributions(one, 1, "After a single text predict_proba")


def check_annotator(
    make: Callable[[], Annotator], *, texts: Sequence[str] = ("a refund", "a parcel")
) -> None:
    """Check an annotator; `make` opens it, and it is asked about the texts."""
    asked = make_questions(
        [str(i) for i in range(len(texts))], texts, instruction="Which class?", classes=WORDS
    )
    annotator = make()
    try:
        _must(annotator.parallel >= 1, "parallel must be at least 1.")
        _must(annotator.fingerprint() == make().fingerprint(), "Equal settings gave another fingerprint.")
        answers = list(annotator.annotate(asked))
        _must(
            sorted(each.key for each in answers) == sorted(each.key for each in asked),
            "Each question must get one answer, with its key.",
        )
        for each in answers:
            _must(
                each.llm == annotator.name, f"An answer names the LLM {each.llm!r}, not {annotator.name!r}."
            )
            _must(
                each.problem or each.replies or each.label_logprobs is not None or each.votes is not None,
                "An answer holds neither replies nor label probabilities nor a problem.",
            )
            if each.label_logprobs is not None:
                mass = np.nansum(np.exp(each.label_logprobs))
                _must(len(each.label_logprobs) == len(WORDS), "Label probabilities must be one per class.")
                _must(mass <= 1 + ROUNDING, f"Label probabilities sum to {mass:.3f}, more than 1.")
        found = annotator.probe(asked[:2])
        _must(found is None or found.llm == annotator.name, "A probe must name the LLM.")
    finally:
        annotator.close()


def check_format(format_: Format, path: Path) -> None:
    """Check a kind of file that can be read, and written where it can be; `path` is where, with its ending."""
    cells = {"id": ["1", "2", "3"], "text": ["plain", "naïve, café; 北京", 'say "hi"']}
    if format_.write is not None:
        with format_.write(path, UTF_8) as rows:
            rows.write({name: values[:2] for name, values in cells.items()})
            rows.write({name: values[2:] for name, values in cells.items()})
    if format_.read is None:
        return
    (whole,) = format_.read(path, UTF_8, size=None, names=None)
    if format_.write is not None:
        read = {name: list(values) for name, values in whole.columns.items()}
        _must(read == cells, f"What was written is read back as {read}.")
    parts = list(format_.read(path, UTF_8, size=2, names=tuple(whole.columns)))
    _must(sum(map(len, parts)) == len(whole), "Batches hold other rows than the whole file.")
    _must(all(len(part) <= 2 for part in parts), "A batch holds more rows than were asked for.")  # noqa: PLR2004  # size


def check_store(store: Store) -> None:
    """Check a store, given empty and open."""
    asked = make_questions(["0", "1"], WORDS[:2], instruction="Which class?", classes=WORDS)
    keys = [each.key for each in asked]
    failed, right, other = (
        Answer(key=keys[0], text_id="0", llm="a", problem="HTTP 500", calls=2),
        Answer(key=keys[0], text_id="0", llm="a", replies=("refund",), calls=1),
        Answer(key=keys[0], text_id="0", llm="a", replies=("thanks",), calls=1),
    )
    _must(store.missing(asked, llm="a") == list(asked), "Every question must be missing at first.")
    store.add([failed])
    _must(store.missing(asked, llm="a") == list(asked), "A failure must not serve as an answer.")
    _must(store.add([right]) == 1, "An answer must replace a failure.")
    _must(store.add([other, failed]) == 0, "Nothing must replace an answer.")
    _must(
        [each.key for each in store.missing(asked, llm="a")] == keys[1:], "An answered question is missing."
    )
    _must(store.missing(asked, llm="b") == list(asked), "An answer must count for its own LLM alone.")
    _must(list(store.answers(keys, llms=["b"])) == [], "Answers of another LLM were given.")
    _must(
        [each.replies for each in store.answers(keys, llms=["a"])] == [right.replies], "The answer changed."
    )
    said: tuple[tuple[int, Use], ...] = ((0, "seed"), (1, "seed"), (2, "audit"))
    for y, use in said:
        store.add_human(HumanLabels(ids=("0",), y=np.array([y]), chance=np.array([0.5]), use=use))
    seed = store.human("seed")
    _must(
        (seed.ids, seed.y.tolist()) == (("0",), [1]), "A newer label must replace the older one of its use."
    )
    _must(seed.chance.tolist() == [0.5], "The inclusion probability changed.")
    _must(store.human("audit").y.tolist() == [2], "Labels of one use must not change those of another.")
    for number in (0, 1):
        store.add_round(Round(number=number, asked=("0",), alpha=0.5, lambda_=0.5))
    _must([each.number for each in store.rounds()] == [0, 1], "Rounds must come in order.")


def _distributions(P: Probs, n: int, what: str) -> None:
    _must(P.shape == (n, K), f"{what} gave the shape {P.shape}, expected {(n, K)}.")
    _must(np.isfinite(P).all() and (P >= 0).all(), f"{what} gave a negative or missing value.")
    _must(np.allclose(P.sum(1), 1.0), f"{what} gave rows that do not sum to 1.")


def _panel() -> tuple[PanelAnswers, Any, list[str]]:
    rng = np.random.default_rng(0)
    gold = np.arange(N) % K
    z = rng.dirichlet(np.full(K, 0.3), size=(N, N_LLMS)) * 0.4
    z[np.arange(N), :, gold] += 0.5
    texts = [f"{WORDS[k]} number {i}" for i, k in enumerate(gold.tolist())]
    llms = tuple(f"llm {i}" for i in range(N_LLMS))
    return PanelAnswers(ids=tuple(map(str, range(N))), llms=llms, z=z, c=np.zeros_like(z)), gold, texts


def _view(m: int) -> FixedView:
    rng = np.random.default_rng(1)
    X, _, _ = _panel()
    passes = rng.dirichlet(np.ones(K), size=(5, m))
    return FixedView(
        probs=rng.dirichlet(np.ones(K), size=m),
        vectors=rng.normal(size=(m, 6)).astype(np.float32),
        labelled_vectors=rng.normal(size=(4, 6)).astype(np.float32),
        passes=passes,
        deviations=passes - 1 / K,
        fused=rng.dirichlet(np.ones(K), size=m),
        panel=X[:m],
    )


class _Watched:
    """A view that gives what a strategy says it needs, and nothing else."""

    def __init__(self, view: FixedView, needs: frozenset[str]) -> None:
        self._view = view
        self._needs = needs

    def __len__(self) -> int:
        return len(self._view)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # whatever the view has
        _must(
            name not in VIEWED or name in self._needs,
            f"It reads view.{name}, which about(needs=...) does not name.",
        )
        return getattr(self._view, name)

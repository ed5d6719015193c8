"""The default fuser: seeded soft Dawid-Skene, a stack, text co-training, supervised views, one pool, trees, students."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

import numpy as np
from sklearn.base import BaseEstimator
from threadpoolctl import threadpool_limits

from mollia.about import about
from mollia.allowed_time import OutOfTime
from mollia.arrays import MANY, Classes, Floats, Matrix, PanelMass, Probs, Rows, Vector
from mollia.citations import CO_TRAINING, DAWID_SKENE, STACKING
from mollia.fitting import FitsWhole
from mollia.fusion.candidates import PanelReading
from mollia.fusion.carried import CarriedRows, own_rows, row_counts
from mollia.fusion.checks import begin_fit, check_texts, same_panel
from mollia.fusion.co_training import Columns, co_train
from mollia.fusion.confusion import Settings
from mollia.fusion.cross_fit import can_calibrate, held_out_scores, thin
from mollia.fusion.known_llms import KnownLLMs, checked
from mollia.fusion.linear_pool import LinearPool, fit_linear_pool, prior_pool, pseudo_counts, unlabelled_pool
from mollia.fusion.log_linear_pool import LogLinearPool, fit_pool
from mollia.fusion.negative_labels import checked_level
from mollia.fusion.observation import observe
from mollia.fusion.panel_trees import SHIPPED, Trees
from mollia.fusion.reweighing import Pooled, linear_in_text, reweigh_fitted, reweigh_new
from mollia.fusion.ridge import text_ridge
from mollia.fusion.sample import CHUNK, chunks, in_double, in_pieces, learning_rows, rows_at_once
from mollia.fusion.student_view import StudentMaker, StudentView, teach_view
from mollia.fusion.supervised import Supervised, learn_supervised
from mollia.fusion.text_view import PoolVectors, TextView, learn_text_view
from mollia.fusion.text_words import TextWords, text_words
from mollia.parameters import FLAG, FUNCTION, NONE, STATE, TEXT, Constraints, offers, whole
from mollia.protocols import Encoder
from mollia.randomness import generator
from mollia.records import PanelAnswers
from mollia.strings import taken

MIN_TEXTS = 30  # fewer rows cannot tell whether the text says anything
TEMPERATURE_FEW_LABELS = 1.3  # with human labels, but fewer than MIN_LABELS
TEMPERATURE_NO_LABELS = 1.25  # without human labels; the linear pool takes away the rest of the confidence
PRIOR, KERNEL = "prior", "kernel"  # linear models of the text, beside those of `reweighing`
# More rows, or steps, tell the confusions nothing new.
SETTINGS = Settings(panel_prior=True, prior_share=0.3, tolerance=1e-3, most_rows=20_000)
MANY_CELLS = 4_000_000  # rows x LLMs x classes that are learned from, as of 100 classes in a large pool
# Of so many: where 20 to 25 steps of all rows end, at a third of the work (docs/scale.md).
BY_BLOCK = replace(SETTINGS, max_steps=6, block=1_800, overstep=1.8, quick=True)


@about(
    method="Their answers were fused by a semi-supervised Dawid-Skene model, seeded with the human labels and stacked "
    "with the LLMs' pooled answers and, where the text tells the classes apart, a text view",
    sources=(DAWID_SKENE, STACKING, CO_TRAINING),
)
class Mixture(FitsWhole, BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """Mixture of the panel, the human labels and the text (docs/fusion.md).

    1. o_i: each LLM's answer as a distribution. 2. R: soft Dawid-Skene, human rows clamped.
    3. A stack of log R, the mean log answer and the text view, fitted on the human rows.
    4. Co-training: the fused posterior teaches a leave-one-out ridge on text vectors, whose
    prediction Q becomes the row's prior in 2 and a view in 3. 5. A gate shuts the text out where
    it does not tell the classes apart. 6. Supervised views learn from the human rows alone.
    7. Scores and views are pooled with weights and a temperature fitted on cross-fitted
    human rows (from 20 labels of two classes on). 8. A linear pool of that and each LLM alone.
    9. Trees taught on other panels move the posterior between a row's likeliest classes. 10. Students, where there
    are any, are taught the posterior, and each speaks for the rows it was not taught.

    Parameters
    ----------
    encoder : Encoder, optional
        Gives the text vectors; by default TF-IDF is learned from the texts.
    student : callable, optional
        Makes a Student that speaks beside the final posterior: two are taught, each speaks for the half of the rows
        it was not taught, with the weight that the human rows speak for. Slow; left out where the gate is shut.
    rounds : int
        Rounds of co-training.
    calibrate : bool
        False leaves out 6, 7 and 9, four fifths of the time: for searches that need labels alone.
    trees : str or callable, optional
        "shipped", the path of other trees (`mollia bench fusion --learn`), or a function in their place
        (`mollia.fusion.panel_trees`); None leaves out 9.
    known : KnownLLMs or CarriedRows, optional
        What earlier tasks showed of the LLMs, in the panel's order (`mollia priors`), left out where it does not hold here; or
        labelled rows of one, which teach beside the human rows (`mollia adapt`).
    n_jobs : int, optional
        Threads for the trees; None takes all cores.
    random_state : int, optional
        Of the text view, the folds and the trees.

    Attributes
    ----------
    classes_, llms_, calibrated_, notes_
        Class numbers, the panel's LLMs, and what `mollia.fitting.Learned` says.
    negative_level_ : float
        The level at which the calibrated posterior gives Y-; 0 where it is not calibrated.
    seed_posterior_ : (m, K)
        Of the human rows, their labels held out and before the students; no row where it is not calibrated.

    Examples
    --------
    >>> import numpy as np
    >>> from mollia import PanelAnswers
    >>> from mollia.fusion import Mixture
    >>> c = np.eye(2)[[[0, 0, 1], [1, 1, 1], [0, 0, 0]]]  # 3 rows, 3 LLMs, 2 classes
    >>> panel = PanelAnswers(ids=["a", "b", "c"], llms=["x", "y", "z"], z=c, c=c)
    >>> fuser = Mixture().fit(panel, np.array([0, -1, -1]))
    >>> fuser.predict_proba(panel).argmax(1)
    array([0, 1, 0])
    >>> fuser.notes_
    ('All human labels are of one class: the fuser fell back to its prior weights, and the confidence is uncalibrated.',)
    """

    notes_: tuple[str, ...]
    _parameter_constraints: ClassVar[Constraints] = {
        "encoder": offers("encode") | NONE,
        "student": FUNCTION | NONE,
        "rounds": whole(0),
        "calibrate": FLAG,
        "trees": TEXT | FUNCTION | NONE,
        "known": offers("shares") | offers("behind") | NONE,
        "random_state": STATE,
        "n_jobs": whole() | NONE,
    }

    def __init__(
        self,
        *,
        encoder: Encoder | None = None,
        student: StudentMaker | None = None,
        rounds: int = 2,
        calibrate: bool = True,
        trees: Trees | None = SHIPPED,
        known: KnownLLMs | CarriedRows | None = None,
        random_state: int | None = 0,
        n_jobs: int | None = 1,
    ) -> None:
        self.encoder = encoder
        self.student = student
        self.rounds = rounds
        self.calibrate = calibrate
        self.trees = trees
        self.known = known
        self.random_state = random_state
        self.n_jobs = n_jobs

    @property
    def by_students_(self) -> bool:
        """Whether students that read the texts had a say."""
        return self.student_view_ is not None

    def fit_predict_proba(self, X: PanelAnswers, y: Classes, *, texts: Sequence[str] | None = None) -> Probs:
        """Learn, and return the posterior of the same rows (n, K).

        A row's own posterior is left out of its text view, and a human row's own label out of
        its Dawid-Skene posterior. Of a pool of very many rows a sample is learned from, and the other rows are
        taken as new (`fusion.sample`).
        """
        y = begin_fit(self, X, y, texts)
        rows = self.learning_rows(X, y)
        if rows is None:
            return self._fit_all(in_double(X), y, texts)
        some = self._fit_all(in_double(X[rows]), y[rows], None if texts is None else taken(texts, rows))
        self._note(
            f"Learned from a sample of {len(rows):,} of the {len(X):,} rows, stratified by what the panel says; the "
            "others were labelled by what was learned."
        )
        P = self.predict_proba(X, texts=texts)
        P[rows] = some
        return P

    def learning_rows(self, X: PanelAnswers, y: Classes) -> Rows | None:
        """Return the rows that are learned from, those with a label in y (n,) among them; None where those are all."""
        return learning_rows(X, y, generator(self.random_state, "mixture", "sample"))

    def _fit_all(self, X: PanelAnswers, y: Classes, texts: Sequence[str] | None) -> Probs:
        if not isinstance(self.known, CarriedRows):
            return self._learn(X, y, texts, None)
        joined = self.known.behind(X, y, texts)
        self._note(self.known.note)
        return self._learn(joined.answers, joined.y, joined.texts, joined.carried)[: len(X)]

    def _learn(
        self, X: PanelAnswers, y: Classes, texts: Sequence[str] | None, carried: Vector | None
    ) -> Probs:
        self.student_view_: StudentView | None = None
        o = observe(X)
        known = None
        if isinstance(self.known, KnownLLMs):
            known, notes = checked(self.known, o, y)
            self.notes_ = (*self.notes_, *notes)
        self.settings_ = replace(BY_BLOCK if o.size > MANY_CELLS else SETTINGS, known=known)
        with threadpool_limits(1):  # many small products: waking threads costs more than they give
            vectors = self._read(texts)
            e, ridge = (None, None) if vectors is None else (vectors.e, vectors.ridge)
            self.learned_, columns = co_train(
                o, y, ridge, rounds=self.rounds, settings=self.settings_, carried=carried
            )
            if ridge is not None and not self.learned_.gate and self.rounds:
                end = "." if self.student is None else ", and no student was taught to read it."
                self._note(
                    f"The text does not tell the classes apart here and was left out of co-training{end}"
                )
            scores = self.learned_.scores(columns)
            rng = generator(self.random_state, "mixture")
            held_out = self._held_out(o, y, e, rng, carried)
            words = self._calibrate(X, o, y, e, held_out=held_out, columns=columns, rng=rng)
            own = y[own_rows(carried)]
            own_human = np.flatnonzero(own >= 0)
            self.notes_ = (*self.notes_, *thin(own[own_human]))
            views = self._views(X, o, e)
            human = np.flatnonzero(y >= 0)
            for view, held in zip(views, words, strict=True):
                view[human] = held
            scores[human[: len(held_out)]] = held_out
            P = self._pooled(scores, views, o)
            self.reading_: PanelReading | None = None
            if self.trees is not None and self.calibrate and len(P):
                P, self.reading_ = reweigh_fitted(
                    self.trees,
                    Pooled(P=P, scores=scores, views=views, carried=carried),
                    o,
                    y,
                    text=ridge,
                    learned=self.learned_,
                    linear=self.linear_pool_,
                    a=self.pool_.a,
                )
            self.calibrated_ = len(held_out) > 0 and can_calibrate(own)
            if self.calibrated_:  # what students say of human rows has some of their labels in it
                self.seed_posterior_ = P[own_human]
                self.negative_level_ = checked_level(self.seed_posterior_, y[own_human])
            if self.student is not None and texts is not None and self.learned_.gate:
                P = self._ask_students(self.student, texts, P, y, judged=len(held_out) > 0, carried=carried)
        return P

    def predict_proba(self, X: PanelAnswers, *, texts: Sequence[str] | None = None) -> Probs:
        """Return the posterior (n, K) of rows taken as new, by what was learned.

        For the rows of `fit` themselves, `fit_predict_proba` is the better answer: there each
        row is left out of what is said of it. Without texts the text's part is left out.
        """
        check_texts(X, texts)
        X = same_panel(self, X)
        read = self._reads_texts(len(X.llms) * X.n_classes, many=len(X) > MANY)

        size = rows_at_once(X)

        def label(rows: slice) -> Probs:
            some = None if texts is None else texts[rows]
            words = None if some is None or read is None else read(some)
            if rows.stop - rows.start <= size:
                return self._predict(X[rows], some, words)
            return np.concatenate(
                [
                    self._predict(
                        X[rows.start + part.start : rows.start + part.stop],
                        None if some is None else some[part],
                        None if words is None else {name: each[part] for name, each in words.items()},
                    )
                    for part in chunks(rows.stop - rows.start, size)
                ]
            )

        return in_pieces(len(X), X.n_classes, label) if len(X) > CHUNK else label(slice(0, len(X)))

    def _reads_texts(self, n_answers: int, *, many: bool) -> TextWords | None:
        """Return what reads texts with all linear models that were learned, None where there are none."""
        ridge, supervised = self.learned_.ridge, self.supervised_
        models: dict[str, Floats] = {} if ridge is None else {PRIOR: ridge.coef[:-1]}
        if supervised is not None:
            models[KERNEL] = supervised.kernel.text_coef
        models |= linear_in_text(self.reading_, n_answers)
        return (
            None if self.text_view_ is None or not models else text_words(self.text_view_, models, many=many)
        )

    def _predict(
        self, X: PanelAnswers, texts: Sequence[str] | None, words: Mapping[str, Floats] | None
    ) -> Probs:
        """Return the posterior of new rows; `words` (n, K) are what linear models say of their texts, by name."""
        X = in_double(X)
        o = observe(X)
        ridge = self.learned_.ridge
        Q = None if ridge is None or words is None else ridge.from_words(words[PRIOR])
        scores = self.learned_.scores(self.learned_.new_columns(o, Q))
        heard = None if words is None else words.get(KERNEL)
        views = [] if self.supervised_ is None else self.supervised_.views_of(X, o, heard)
        P = self._pooled(scores, views, o)
        if not len(P):
            return P
        if self.reading_ is not None and self.trees is not None:
            P = reweigh_new(self.trees, Pooled(P=P, scores=scores, views=views), o, words, self.reading_)
        if self.student_view_ is not None and texts is not None:
            P = self.student_view_.join_new(P, texts)
        return P

    def _held_out(
        self, o: PanelMass, y: Classes, e: Matrix | None, rng: np.random.Generator, carried: Vector | None
    ) -> Floats:
        """Return scores (m, K) of the human rows that have not seen their labels; none where those are too few."""
        if not self.calibrate or not can_calibrate(y):
            return np.zeros((0, o.shape[2]))
        return held_out_scores(
            o,
            y,
            lambda rows: text_ridge(e, rows),
            rounds=self.rounds,
            settings=self.settings_,
            rng=rng,
            carried=carried,
        )

    def _ask_students(
        self,
        make: StudentMaker,
        texts: Sequence[str],
        P: Probs,
        y: Classes,
        *,
        judged: bool,
        carried: Vector | None,
    ) -> Probs:
        """Return the posterior (n, K) with the word of students that are taught it; `judged` says that it has not seen its human rows' labels."""
        rng = generator(self.random_state, "mixture", "halves")
        try:
            view = teach_view(make, texts, P, y, judged=judged, rng=rng, carried=carried)
        except OutOfTime as end:
            self._note(f"The texts were read as word counts (TF-IDF): no student was ready in time ({end}).")
            return P
        self.student_view_ = view
        self.notes_ = (*self.notes_, *view.notes())
        return view.join(P)

    def _calibrate(
        self,
        X: PanelAnswers,
        o: PanelMass,
        y: Classes,
        e: Matrix | None,
        *,
        held_out: Floats,
        columns: Columns,
        rng: np.random.Generator,
    ) -> list[Probs]:
        """Learn the supervised views and the pool; return the views' held-out words on the human rows."""
        seed, weight = y[y >= 0], None
        if columns.carried is not None:
            weight = row_counts(columns.carried, len(y))[y >= 0]
        self.supervised_: Supervised | None = None
        self.pool_ = LogLinearPool(
            a=1.0 / (TEMPERATURE_FEW_LABELS if len(seed) else TEMPERATURE_NO_LABELS), b=np.zeros(0)
        )
        known = self.settings_.known
        shares = None if known is None else known.shares(X.n_classes)
        alpha = pseudo_counts(o, shares)
        self.linear_pool_: LinearPool = (
            prior_pool(alpha) if len(seed) else unlabelled_pool(o.shape[1], shares)
        )
        self.seed_posterior_ = np.zeros((0, X.n_classes))  # of the human rows, their labels held out
        self.negative_level_ = 0.0
        if not len(held_out):
            return []
        self.supervised_, views = learn_supervised(
            X, o, e, y, rng=rng, random_state=self.random_state, n_jobs=self.n_jobs, weight=weight
        )
        self.pool_ = fit_pool(held_out, views, seed, picked=columns.picked(y), weight=weight)
        fused = self.pool_.posterior(held_out, views)
        self.linear_pool_ = fit_linear_pool(alpha, fused, o[y >= 0], views[0], seed, weight)
        return views

    def _pooled(self, scores: Floats, views: list[Probs], o: PanelMass) -> Probs:
        """Return the posterior (n, K) of scores and supervised views, pooled with what each LLM says alone."""
        return self.linear_pool_.posterior(
            self.pool_.posterior(scores, views), o, views[0] if views else None
        )

    def _views(self, X: PanelAnswers, o: PanelMass, e: Matrix | None) -> list[Probs]:
        return [] if self.supervised_ is None else self.supervised_.views(X, o, e)

    def _read(self, texts: Sequence[str] | None) -> PoolVectors | None:
        """Learn the text view and return the vectors; None where the texts give nothing to learn from."""
        self.text_view_: TextView | None = None
        if texts is None:
            return None
        if len(texts) < MIN_TEXTS:
            self._note(f"The texts were left out: there are fewer than {MIN_TEXTS}.")
            return None
        vectors = learn_text_view(texts, encoder=self.encoder, random_state=self.random_state)
        if not vectors.e.any():
            self._note("The texts were left out: they hold no words.")
            return None
        self.text_view_ = vectors.view
        return vectors

    def _note(self, sentence: str) -> None:
        self.notes_ = (*self.notes_, sentence)

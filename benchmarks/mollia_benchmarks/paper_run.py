"""One run of the paper's protocol: a seed of 50, then rounds of 50 by one strategy, scored after each."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from mollia.annotate.recorded import RecordedMember
from mollia.data.duplicates import group
from mollia.ledger.panel_matrix import PanelMatrix
from mollia.ledger.sqlite_store import open_store
from mollia.loop.rounds import Given
from mollia.loop.run import pick
from mollia.loop.teach import differing, taught
from mollia.people.ledger_sync import NOBODY, PeopleSaid
from mollia.progress import quiet
from mollia.protocols import Student
from mollia.records import HumanLabels, Pool
from mollia.registry import find
from mollia.session.parts import Parts
from mollia.session.run_folder import LEDGER
from mollia.session.students import start_weights
from mollia.student.encoder_size import MINILM
from mollia.task.config import ClassSpec, Query, Run, Task
from mollia.task.data_section import Data
from mollia_benchmarks.exam import Exam, exam, lexical
from mollia_benchmarks.paper_labels import ALL_ROWS, ANNOTATORS, Labelling, labels, seed_of
from mollia_benchmarks.protocol import Scores

NOWHERE = Path("recorded")


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Race:
    """One student, strategy and annotator on one set, from one draw of the human seed."""

    set: str
    student: str
    strategy: str
    annotator: str
    seed: int
    rounds: int = 10
    batch: int = 50
    most: int = ALL_ROWS

    @property
    def file(self) -> str:
        """The cell's file name."""
        size = f"{self.rounds}x{self.batch}.{self.most}"
        return f"{self.set}.{self.student}.{self.strategy}.{self.annotator}.{size}.{self.seed}.json"

    @property
    def labelling(self) -> Labelling:
        """The labels it runs on; the strategy has no part in them."""
        annotator = ANNOTATORS[self.annotator].labels_of or self.annotator
        return Labelling(set=self.set, annotator=annotator, seed=self.seed, most=self.most)


def race(cell: Race, kept: bytes, *, data: Path, weights: str | None = None) -> Scores:
    """Return the accuracy on the rows that only score after each round ("0": the seed alone), with the labels of `kept`.

    A student "frozen+finetune" is scored after the last round only: the frozen one queries, the
    fine-tuned one learns what was picked, from `weights`. "labels" is the accuracy of the labels that the
    strategy got, the seed left out.
    """
    taken = exam(cell.set, data, most=cell.most)
    given_labels = labels(cell.labelling, kept, data=data, soft=ANNOTATORS[cell.annotator].soft)
    began = time.process_time()
    with threadpool_limits(1), _parts(cell, data, weights) as parts:
        first, last = parts.task.student.kinds
        given = Given(human=np.flatnonzero(parts.known.known))
        student = taught(parts, given, given_labels)
        scores = {"0": _accuracy(student, taken)} if first == last else {}
        for number in range(1, cell.rounds + 1):
            batch = pick(parts, given, student, given_labels)
            given.add(batch, differing(parts, student, given_labels, batch))
            if first == last or number < cell.rounds:
                student = taught(parts, given, given_labels)
            else:
                student = taught(_with_student(parts, last), given, given_labels)
            if first == last or number == cell.rounds:
                scores[str(number)] = _accuracy(student, taken)
    queried = given.rows[len(given.human) :]
    right = given_labels.fused.label[queried] == taken.gold[queried]
    return {**scores, "labels": float(right.mean()), "seconds": time.process_time() - began}


def _accuracy(student: Student | None, taken: Exam) -> float:
    """Micro-F1 where each row has one label, as in the paper."""
    if student is None:
        return float("nan")
    return float((student.predict_proba(taken.test_texts).argmax(1) == taken.test_gold).mean())


def _with_student(parts: Parts, kind: str) -> Parts:
    spec = parts.task.student.model_copy(update={"kind": kind})
    return replace(parts, task=parts.task.model_copy(update={"student": spec}))


@contextmanager
def _parts(cell: Race, data: Path, weights: str | None) -> Iterator[Parts]:
    """Yield the loop's parts, with the panel's answers at hand and an empty ledger."""
    taken = exam(cell.set, data, most=cell.most)
    known = seed_of(taken, cell.seed)
    ids = taken.answers.ids
    seed = HumanLabels(
        ids=tuple(ids[row] for row in np.flatnonzero(known.labelled).tolist()),
        y=known.y[known.labelled],
        chance=np.full(int(known.labelled.sum()), known.labelled.mean()),
    )
    with (
        tempfile.TemporaryDirectory(prefix="mollia-paper-") as out,
        open_store(Path(out) / LEDGER) as store,
    ):
        task = _task(cell, taken, Path(out), weights)
        yield Parts(
            task=task,
            pool=Pool(ids=ids, texts=taken.texts, gold=taken.gold),
            groups=group(taken.texts),
            store=store,
            people=PeopleSaid(by_use={**NOBODY.by_use, "seed": seed}, trains=seed),
            known=known,
            annotators=(),
            questions={},
            keys=dict.fromkeys(taken.answers.llms, ids),
            encoder=lexical(cell.set, data, most=cell.most),
            weights=start_weights(task, taken.texts),
            strategy=find("query", cell.strategy),
            progress=quiet,
            ask=False,
            notes=(),
            shown=np.ones(len(ids), bool),
            read=PanelMatrix(answers=taken.answers),
        )


def _task(cell: Race, taken: Exam, out: Path, weights: str | None) -> Task:
    student = {"kind": cell.student, "model": weights or MINILM}
    return Task(
        name=cell.set,
        instruction="Recorded.",
        data=Data(path=NOWHERE),
        classes=tuple(ClassSpec(name=name) for name in taken.classes),
        panel=tuple(RecordedMember(name=llm, kind="recorded", path=NOWHERE) for llm in taken.answers.llms),
        student=ANNOTATORS[cell.annotator].student.model_copy(update=student),
        query=Query(strategy=cell.strategy, batch=cell.batch, rounds=cell.rounds),
        run=Run(random_state=cell.seed, out=out, ask="pool"),
    )

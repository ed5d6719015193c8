"""Asking the panel: only what the ledger lacks, every answer stored before it is used."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Protocol, runtime_checkable

import numpy as np

from mollia.annotate.budget import NOTHING, Budget, Meter, Price, Spending
from mollia.annotate.interrupt import first_interrupt
from mollia.annotate.panel_count import PanelCount
from mollia.annotate.question_keys import BLOCK, Asked, Keyed, keyed, questions_of
from mollia.arrays import Rows
from mollia.errors import AnnotatorError, QuotaReached, StoreError
from mollia.progress import Progress, quiet
from mollia.protocols import Annotator, Describing, Recalling, Store
from mollia.records import QUOTA, STOPPED, Answer, Question, kind_of

BATCH = 50_000  # recorded answers stored at once: a commit writes each page of the index that it touches
EMPTY_TEXT = "empty text"
SECONDS = "seconds of asking"  # in the manifest
NOTE_EVERY = 5.0  # seconds
LOG = logging.getLogger(__name__)  # printed to stderr unless a program says otherwise

End = tuple[str, BaseException | None]  # an LLM that is through, and what stopped it
News = Answer | End
STOP: End = ("", None)  # Ctrl+C


@runtime_checkable
class Noting(Protocol):
    """A store that keeps a manifest."""

    def note(self, entries: Mapping[str, object], /) -> None:
        """Note facts about the run."""
        ...


@runtime_checkable
class Noted(Protocol):
    """A store whose manifest can be read."""

    def manifest(self) -> Mapping[str, object]:
        """Return all that was noted, by key."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class AskResult:
    """What became of the questions.

    `asked`: answers that came in now; `stored`: how many of them were new to the ledger;
    `reused`: distinct questions the ledger already answered. `problems` counts failures by LLM
    and kind, `stopped` says for LLMs that were given up why, in one sentence each. `partial`
    says why the panel was not asked everything, "" when it was.
    """

    asked: int = 0
    stored: int = 0
    reused: int = 0
    calls: int = 0
    prompt_tokens: int = 0
    reply_tokens: int = 0
    money: float = 0.0
    seconds: float = 0.0
    problems: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    stopped: Mapping[str, str] = field(default_factory=dict)
    partial: str = ""


def ask_panel(
    questions: Asked,
    annotators: Sequence[Annotator],
    store: Store,
    *,
    budget: Budget | None = None,
    spent: Spending = NOTHING,
    prices: Mapping[str, Price] | None = None,
    progress: Progress = quiet,
) -> AskResult:
    """Ask each LLM what the ledger does not hold yet; all LLMs at the same time.

    An answer is on the disk before it is counted; a kill loses what was in flight. An LLM that cannot go on
    (key, model) is stopped, and the others go on: the question it failed at is a failure in the ledger, with the
    server's words and the requests it took.

    Parameters
    ----------
    questions : sequence, or mapping from LLM to sequence
        The questions all LLMs get, or each its own.
    budget : caps; reaching one ends the asking as partial.
    spent : what counts towards the caps beside this call.
    prices : money per million prompt and reply tokens, by LLM.
    progress : told how many answers are there of how many; of each LLM too, if it wants to hear of them.

    Raises
    ------
    AnnotatorError
        When every live LLM was stopped and none has given a usable answer; what came in is stored.
    StoreError
        When the ledger cannot be written.
    """
    meter = Meter(budget or Budget(), prices or {}, spent)
    return _Asking(store, meter, progress).run(questions, annotators)


class _Asking:
    """One call of `ask_panel`."""

    def __init__(self, store: Store, meter: Meter, progress: Progress) -> None:
        self._store = store
        self._meter = meter
        self._count = PanelCount(progress)
        self._asked = self._stored = self._reused = 0
        self._problems: dict[str, Counter[str]] = {}
        self._storing = threading.Condition()
        # By LLM: questions given out whose answers are not stored, by key.
        self._under_way: dict[str, dict[str, Question]] = {}
        self._lacking: dict[str, Question] = {}  # by LLM, the first of its questions
        self._usable = 0  # answers, of now and before
        self._over = self._interrupted = False
        self._noted = time.monotonic()
        self._stopped: dict[str, AnnotatorError] = {}
        self._changed: dict[str, dict[str, list[str]]] = {}  # by LLM and note, rows whose texts were changed

    def run(self, questions: Asked, annotators: Sequence[Annotator]) -> AskResult:
        started = time.monotonic()
        self._recall(annotators)
        live: list[tuple[Annotator, Sequence[Question]]] = []
        self._count.expect({each.name: len(questions_of(questions, each)) for each in annotators})
        for annotator in annotators:
            left = self._not_answered(annotator, questions_of(questions, annotator))
            if len(left):
                live.append((annotator, left))
                self._lacking[annotator.name] = left[0]
        if live:
            try:
                self._ask_live(live)
            finally:
                self._note_seconds()
        self._note(annotators)
        if live and len(self._stopped) == len(live) and not self._usable and not self._quota():
            raise _all_stopped(list(self._stopped.values()))
        return self._result(time.monotonic() - started)

    def _not_answered(self, annotator: Annotator, questions: Sequence[Question]) -> Sequence[Question]:
        """Return the questions that a live LLM has to be asked; recorded answers, and empty texts, are stored here."""
        print_ = annotator.fingerprint()
        seen: set[str] = set()
        rows: list[Rows] = []
        changed = self._changed.setdefault(annotator.name, {})
        for start in range(0, len(questions), BLOCK):
            block = keyed(questions[start : start + BLOCK], annotator, print_)
            for question in block:
                for note in question.notes:
                    changed.setdefault(note, []).append(question.text_id)
            place: dict[str, int] = {}
            for at, question in enumerate(block, start):
                if question.key not in seen:
                    place.setdefault(question.key, at)
            seen.update(place)
            missing = self._store.missing([block[at - start] for at in place.values()], llm=annotator.name)
            reused = len(place) - len(missing)
            self._reused += reused
            self._usable += reused
            self._count.there(annotator.name, reused)
            if not annotator.live:
                self._ask_recorded(annotator, missing)
                continue
            self._keep(
                [
                    Answer(key=q.key, text_id=q.text_id, llm=annotator.name, problem=EMPTY_TEXT)
                    for q in missing
                    if not q.prompt.user
                ]
            )
            rows.append(np.array([place[q.key] for q in missing if q.prompt.user], np.int64))
        self._count.expect({annotator.name: len(seen)})
        return Keyed(questions, annotator, print_, np.concatenate([*rows, np.zeros(0, np.int64)]))

    def _ask_recorded(self, annotator: Annotator, missing: Sequence[Question]) -> None:
        answers = annotator.annotate(missing)
        while batch := list(islice(answers, BATCH)):
            self._keep(batch)

    def _ask_live(self, live: Sequence[tuple[Annotator, Sequence[Question]]]) -> None:
        """One thread an LLM; this thread stores whatever has arrived, in one commit."""
        arrived: queue.SimpleQueue[News] = queue.SimpleQueue()
        threads = [
            threading.Thread(target=self._listen, args=(each, asked, arrived), daemon=True)
            for each, asked in live
        ]
        for thread in threads:
            thread.start()
        left = len(threads)
        self._count.begin()
        try:
            with first_interrupt(partial(self._interrupt, arrived)):
                while left:
                    left -= self._take_in([arrived.get(), *_rest(arrived)])
        except BaseException as error:
            self._halt()
            if not isinstance(error, StoreError):
                self._keep([item for item in _rest(arrived) if isinstance(item, Answer)])
            raise
        if self._interrupted:
            raise KeyboardInterrupt

    def _interrupt(self, arrived: queue.SimpleQueue[News]) -> None:
        self._interrupted = True
        arrived.put(STOP)

    def _take_in(self, news: Sequence[News]) -> int:
        """Store what has arrived; return how many LLMs are through."""
        answers = [item for item in news if isinstance(item, Answer)]
        self._keep(answers)
        if time.monotonic() - self._noted > NOTE_EVERY:
            self._note_seconds()
        with self._storing:
            for answer in answers:
                self._under_way.get(answer.llm, {}).pop(answer.key, None)
            self._storing.notify_all()
        if any(item is STOP for item in news):
            self._halt()
            if waiting := sum(map(len, self._under_way.values())):
                LOG.warning(
                    "Stopping. %d answers under way are paid for: waiting for them (Ctrl+C ends at once).",
                    waiting,
                )
        ends = [item for item in news if isinstance(item, tuple) and item is not STOP]
        for llm, error in ends:
            self._end(llm, error)
        return len(ends)

    def _halt(self) -> None:
        """Give out no more questions."""
        self._meter.stop()
        with self._storing:
            self._over = True
            self._storing.notify_all()

    def _listen(
        self,
        annotator: Annotator,
        asked: Sequence[Question],
        arrived: queue.SimpleQueue[News],
    ) -> None:
        try:
            for answer in annotator.annotate(self._given_out(annotator, self._meter.admit(asked))):
                self._meter.paid(answer)
                arrived.put(answer)
        except BaseException as error:  # noqa: BLE001  # it is raised again by the thread that stores
            arrived.put((annotator.name, error))
        else:
            arrived.put((annotator.name, None))

    def _given_out(self, annotator: Annotator, questions: Iterator[Question]) -> Iterator[Question]:
        """Yield the questions, the next one only while fewer than `parallel` wait for their answer to be stored.

        Else answers come faster than they are committed, and a kill loses more than the requests in flight.
        """
        given_out = self._under_way.setdefault(annotator.name, {})
        most = annotator.parallel if annotator.parallel > 1 else None  # one at a time is slower than a commit
        while True:
            if most is not None:
                with self._storing:
                    self._storing.wait_for(lambda: len(given_out) < most or self._over)
            question = next(questions, None)
            if question is None:
                return
            with self._storing:
                given_out[question.key] = question
            yield question

    def _end(self, llm: str, error: BaseException | None) -> None:
        if isinstance(error, AnnotatorError):
            self._stopped[llm] = error
            self._keep_stop(llm, error)
        elif error is not None:
            raise error

    def _keep_stop(self, llm: str, error: AnnotatorError) -> None:
        """Store why an LLM was given up, as the failure of a question it was working on."""
        question = next(iter(self._under_way.get(llm, {}).values()), self._lacking[llm])
        kind = QUOTA if isinstance(error, QuotaReached) else STOPPED
        said = " ".join(str(error.args[0]).split())
        failed = Answer(
            key=question.key, text_id=question.text_id, llm=llm, calls=error.calls, problem=f"{kind}: {said}"
        )
        self._meter.paid(failed)
        self._store.add([failed])
        self._problems.setdefault(llm, Counter())[failed.problem or kind] += 1

    def _keep(self, answers: Sequence[Answer]) -> None:
        if not answers:
            return
        self._stored += self._store.add(answers)
        self._asked += len(answers)
        for answer in answers:
            if answer.problem is not None:
                self._problems.setdefault(answer.llm, Counter())[kind_of(answer.problem)] += 1
            else:
                self._usable += 1
        self._count.came(answers, self._meter.cost)

    def _recall(self, annotators: Sequence[Annotator]) -> None:
        if not isinstance(self._store, Noted):
            return
        noted = self._store.manifest()
        for annotator in annotators:
            described = noted.get(f"annotator {annotator.name}")
            if isinstance(annotator, Recalling) and isinstance(described, Mapping):
                annotator.recall(described)

    def _note(self, annotators: Sequence[Annotator]) -> None:
        """Put into the manifest what the LLMs are, and which rows' texts were changed for them."""
        if not isinstance(self._store, Noting):
            return
        notes: dict[str, object] = {}
        for annotator in annotators:
            if isinstance(annotator, Describing):
                notes[f"annotator {annotator.name}"] = dict(annotator.describe())
            changed = self._changed.get(annotator.name, {})
            notes |= {f"texts {note} for {annotator.name}": ids for note, ids in changed.items()}
        if notes:
            self._store.note(notes)

    def _note_seconds(self) -> None:
        """Put into the manifest how long the task has been asking, for its cap on seconds."""
        self._noted = time.monotonic()
        if isinstance(self._store, Noting):
            self._store.note({SECONDS: round(self._meter.spent.seconds, 3)})

    def _quota(self) -> list[str]:
        return [str(error.args[0]) for error in self._stopped.values() if isinstance(error, QuotaReached)]

    def _result(self, seconds: float) -> AskResult:
        return AskResult(
            asked=self._asked,
            stored=self._stored,
            reused=self._reused,
            calls=self._meter.calls,
            prompt_tokens=self._meter.prompt_tokens,
            reply_tokens=self._meter.reply_tokens,
            money=self._meter.money,
            seconds=seconds,
            problems=self._problems,
            stopped={llm: str(error) for llm, error in self._stopped.items()},
            partial=" ".join([*filter(None, [self._meter.reached]), *self._quota()]),
        )


def _rest(arrived: queue.SimpleQueue[News]) -> Iterator[News]:
    while not arrived.empty():
        yield arrived.get()


def _all_stopped(errors: Sequence[AnnotatorError]) -> AnnotatorError:
    first = errors[0]
    if len(errors) == 1:
        return first
    sentences = " ".join(dict.fromkeys(str(error.args[0]) for error in errors))
    return type(first)(sentences, hint=first.hint)

"""What runs on a node of the cluster: one LLM's annotator, fed by the process that holds the ledger."""

from __future__ import annotations

import contextlib
import os
import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from mollia.protocols import Annotator, Describing, Joining, Recalling
from mollia.records import Answer, Question
from mollia.version import __version__

LINGER = 0.01  # seconds in which further answers may travel with the first


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """Answers that came in, what ended the asking if something did, and what the annotator says of itself."""

    answers: list[Answer] = field(default_factory=list)
    error: BaseException | None = None
    described: Mapping[str, object] = field(default_factory=dict)


class Worker:
    """Asks one LLM; made an actor by `ray_workers`, which is the only one to call it, one call at a time.

    The questions of all calls go to one `annotate`, as they do in a run without a cluster: what an annotator
    learns from its first answers, and when it gives up, is the same.

    Parameters
    ----------
    open_ : makes the annotator, here; keys are read from this machine's environment.
    folder : what relative paths count from, where there is such a folder here.
    """

    def __init__(self, open_: Callable[[], Annotator], folder: str) -> None:
        with contextlib.suppress(OSError):
            os.chdir(folder)
        self._open = open_
        self._annotator: Annotator | None = None
        self._start()

    def _start(self) -> None:
        self._waiting: queue.SimpleQueue[Question | None] = queue.SimpleQueue()
        self._received: queue.SimpleQueue[Answer | BaseException | None] = queue.SimpleQueue()
        self._given = 0  # questions without an answer yet
        self._error: BaseException | None = None
        self._over = self._halted = False

    def hello(self) -> str:
        """Return which mollia runs here."""
        return __version__

    def begin(self, described: Mapping[str, object], *, joins: bool = False) -> None:
        """Open the annotator, unless it is open, and start to ask.

        `described` is what an earlier run, or with `joins` another worker of this one, found out about the server.
        """
        self._start()
        try:
            annotator = self._annotator or self._opened(described, joins=joins)
        except Exception as error:  # noqa: BLE001  # raised where the answers are read
            self._received.put(error)
            return
        self._annotator = annotator
        threading.Thread(target=self._work, args=(annotator,), daemon=True).start()

    def _opened(self, described: Mapping[str, object], *, joins: bool) -> Annotator:
        annotator = self._open()
        if joins and isinstance(annotator, Joining):
            annotator.join(described)
        elif described and isinstance(annotator, Recalling):
            annotator.recall(described)
        return annotator

    def exchange(self, questions: Sequence[Question]) -> Received:
        """Take questions, and return the answers that have come in: at least one, unless none is due or the asking has ended."""
        for question in questions:
            self._waiting.put(question)
        self._given += len(questions)
        answers = self._at_hand(wait=self._given > 0)
        return Received(answers=answers, error=self._error, described=self._described())

    def halt(self) -> Received:
        """Ask nothing that was not begun, and return the answers of what was."""
        self._halted = True
        with contextlib.suppress(queue.Empty):
            while True:
                self._waiting.get_nowait()
        self._waiting.put(None)
        answers: list[Answer] = []
        while not self._over:
            answers += self._at_hand(wait=True)
        answers += self._at_hand(wait=False)
        return Received(answers=answers, error=self._error, described=self._described())

    def _work(self, annotator: Annotator) -> None:
        try:
            for answer in annotator.annotate(self._questions()):
                self._received.put(answer)
        except BaseException as error:  # noqa: BLE001  # raised where the answers are read
            self._received.put(error)
        else:
            early = RuntimeError("The annotator ended before it had answered all questions.")
            self._received.put(None if self._halted else early)

    def _questions(self) -> Iterator[Question]:
        return iter(self._waiting.get, None)

    def _at_hand(self, *, wait: bool) -> list[Answer]:
        answers: list[Answer] = []
        if wait and not self._over:
            self._take(self._received.get(), answers)
            if self._received.empty() and self._given and not self._over:
                time.sleep(LINGER)
        while not self._received.empty():
            self._take(self._received.get(), answers)
        return answers

    def _take(self, item: Answer | BaseException | None, answers: list[Answer]) -> None:
        if isinstance(item, Answer):
            answers.append(item)
            self._given -= 1
        else:
            self._over, self._error = True, item

    def _described(self) -> Mapping[str, object]:
        return dict(self._annotator.describe()) if isinstance(self._annotator, Describing) else {}

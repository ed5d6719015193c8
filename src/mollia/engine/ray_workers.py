"""The workers that ask one LLM, as they are seen from the process that holds the ledger."""

from __future__ import annotations

import logging
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mollia.engine.ray_worker import Received, Worker
from mollia.errors import MissingExtra, ServerCannot, ServerUnreachable
from mollia.protocols import Opens
from mollia.records import Answer, Question
from mollia.version import __version__

DEATHS = 3  # workers that may die with the same question, or one after the other before they were heard of
MOST_DEATHS = 9  # workers that may die one after the other without an answer in between
PATIENCE = 60.0  # seconds without a worker after which it is said that there is none
WORKER_DIED = "worker died"
LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where an LLM's workers run.

    Parameters
    ----------
    ray : the library.
    workers : how many.
    options : of each worker's actor: what it takes of a node.
    kept : whether workers stay for the next call of `annotate`; else others may take their place.
    nodes : returns the nodes to spread them over, None to leave that to Ray.
    """

    ray: Any
    workers: int
    options: Mapping[str, object]
    kept: bool
    nodes: Callable[[], Sequence[str]] | None = None


@dataclass(slots=True, eq=False)
class KnownWorker:
    """A worker as it is seen from here."""

    actor: Any
    pending: Any  # what it was last asked for and has not returned
    node: str = ""
    up: bool = False  # whether it was heard of
    begun: bool = False
    given: dict[str, Question] = field(default_factory=dict)  # questions without an answer, by key


class Workers:
    """An LLM's workers."""

    def __init__(self, llm: str, places: Places, member: Opens, *, each: int) -> None:
        self._llm = llm
        self._places = places
        self._ray = places.ray
        self._member = member
        self._each = each  # questions a worker holds at most
        self._recalled: Mapping[str, object] = {}
        self._seen: list[KnownWorker] = []
        self._back: deque[Question] = deque()  # questions of workers that died
        self._lost: Counter[str] = Counter()  # how many workers died with a question
        self._deaths = 0  # since the last answer
        self._avoided: set[str] = set()  # nodes on which a worker died
        self._started = 0
        self._answered = False
        self._exhausted = self._stopped = False
        self._why = ""  # the last worker died
        self.described: Mapping[str, object] = {}

    def answers(
        self, first: Question, questions: Iterator[Question], *, recalled: Mapping[str, object]
    ) -> Iterator[Answer]:
        """Yield the answers in the order in which they arrive.

        `recalled` is what an earlier run found out about the server.
        """
        self._recalled, self._stopped = recalled, False
        self._back, self._lost, self._exhausted = deque([first]), Counter(), False
        while len(self._seen) < self._places.workers:
            self._start_one()
        while True:
            self._give_out(questions)
            if self._exhausted and not self._back and not any(worker.given for worker in self._seen):
                break
            for worker in self._ready():
                yield from self._heard(worker)
        yield from self._end()

    def stop(self) -> None:
        """End all workers at once."""
        self._stopped = True
        seen, self._seen = self._seen, []
        for worker in seen if self._ray.is_initialized() else ():
            self._ray.kill(worker.actor)

    def _start_one(self) -> None:
        options, node = dict(self._places.options), ""
        if self._places.nodes is not None and (nodes := self._places.nodes()):
            sound = [node for node in nodes if node not in self._avoided] or list(nodes)
            strategies = self._ray.util.scheduling_strategies
            node = sound[self._started % len(sound)]
            options["scheduling_strategy"] = strategies.NodeAffinitySchedulingStrategy(node, soft=True)
        self._started += 1
        actor = self._ray.remote(Worker).options(**options).remote(self._member.open, str(Path.cwd()))
        self._seen.append(KnownWorker(actor, actor.hello.remote(), node))

    def _give_out(self, questions: Iterator[Question]) -> None:
        """Give each worker that waits for something to do as many questions as it may hold."""
        for worker in self._seen:
            if worker.pending is not None or not self._may_begin(worker):
                continue
            new = self._drawn(self._each - len(worker.given), questions)
            if not new and not worker.given:
                continue
            if not worker.begun:
                worker.begun = True
                known = self.described if self._answered else self._recalled
                worker.actor.begin.remote(known, joins=self._answered)
            worker.given |= {question.key: question for question in new}
            worker.pending = worker.actor.exchange.remote(new)

    def _may_begin(self, worker: KnownWorker) -> bool:
        """Before the first answer one worker asks alone."""
        return self._answered or worker.begun or not any(each.begun for each in self._seen)

    def _drawn(self, most: int, questions: Iterator[Question]) -> list[Question]:
        new: list[Question] = []
        while len(new) < most:
            if self._back:
                new.append(self._back.popleft())
                continue
            question = None if self._exhausted else next(questions, None)
            if question is None:
                self._exhausted = True
                break
            new.append(question)
        return new

    def _ready(self) -> list[KnownWorker]:
        """Wait until a worker has something to say; return those that have."""
        by_ref = {worker.pending: worker for worker in self._seen if worker.pending is not None}
        ready: list[Any] = []
        while not ready:
            ready, _ = self._ray.wait(list(by_ref), num_returns=1, timeout=PATIENCE)
            if not ready and not any(worker.up for worker in self._seen):
                LOG.warning(
                    "%s: the cluster has started no worker yet; each takes %s of a node.",
                    self._llm,
                    " and ".join(f"{key} {value}" for key, value in self._places.options.items()),
                )
        more, _ = self._ray.wait(list(by_ref), num_returns=len(by_ref), timeout=0)
        return [by_ref[ref] for ref in more]

    def _heard(self, worker: KnownWorker) -> Iterator[Answer]:
        received = self._got(worker)
        if received is None:
            yield from self._lose(worker)
            return
        if isinstance(received, str):
            self._is_up(worker, received)
            return
        yield from self._taken(worker, received)
        if received.error is not None:
            yield from self._failed(worker, received.error)

    def _got(self, worker: KnownWorker) -> Any:  # noqa: ANN401  # what an actor's method returns
        """Return what a worker has sent, None where it died."""
        ref, worker.pending = worker.pending, None
        errors = self._ray.exceptions
        try:
            return self._ray.get(ref)
        except errors.RayTaskError:
            raise
        except errors.RayError as error:
            self._why = (
                str(error).strip().splitlines()[-1].strip() if str(error).strip() else type(error).__name__
            )
        return None

    def _is_up(self, worker: KnownWorker, received: str) -> None:
        """Let a worker be given questions if the same mollia runs there."""
        worker.up = True
        if received != __version__:
            raise ServerCannot(
                f"{self._llm}: a node of the cluster has mollia {received}, and this is mollia {__version__}.",
                hint="Install the same version on every node.",
            )

    def _taken(self, worker: KnownWorker, received: Received) -> Iterator[Answer]:
        self.described = received.described or self.described
        for answer in received.answers:
            worker.given.pop(answer.key, None)
            self._deaths = 0
            self._answered = self._answered or answer.problem is None
            yield answer

    def _failed(self, worker: KnownWorker, error: BaseException) -> Iterator[Answer]:
        """A node that lacks something is done without; what every worker would meet ends the asking."""
        self._seen.remove(worker)
        here_only = isinstance(error, ServerUnreachable | MissingExtra)
        if here_only and self._answered and any(each.up for each in self._seen):
            LOG.warning("%s: a worker of the cluster is done without: %s", self._llm, error.args[0])
            self._back.extend(worker.given.values())
            self._ray.kill(worker.actor)
            return
        self._seen.append(worker)
        yield from self._halted()
        raise error

    def _lose(self, worker: KnownWorker) -> Iterator[Answer]:
        """Give what a dead worker had to the others, and start another one."""
        if self._stopped:
            raise RuntimeError("The workers were stopped.")
        self._seen.remove(worker)
        self._ray.kill(worker.actor)  # it may only be out of reach
        self._avoided |= {worker.node} - {""}
        self._deaths += 1
        if self._deaths >= (MOST_DEATHS if worker.up else DEATHS) and not any(
            each.begun for each in self._seen
        ):
            raise ServerCannot(
                f"{self._llm}: {self._deaths} workers of the cluster ended one after the other: {self._why}",
                hint="Look at the memory of the nodes and at Ray's log files; what was answered is kept.",
            )
        for question in worker.given.values():
            self._lost[question.key] += 1
            if self._lost[question.key] < DEATHS:
                self._back.append(question)
                continue
            yield Answer(
                key=question.key,
                text_id=question.text_id,
                llm=self._llm,
                problem=f"{WORKER_DIED}: {DEATHS} one after the other",
            )
        self._start_one()

    def _halted(self) -> Iterator[Answer]:
        """Ask nothing that was not begun; yield the answers of what was."""
        for worker in [each for each in self._seen if each.begun]:
            due = [worker.pending] if worker.pending is not None else []
            for ref in [*due, worker.actor.halt.remote()]:
                worker.pending = ref
                if isinstance(received := self._got(worker), Received):
                    yield from self._taken(worker, received)

    def _end(self) -> Iterator[Answer]:
        """Let the annotators close their accounts: the first one's may be that every row was refused."""
        for worker in [each for each in self._seen if each.begun]:
            worker.pending = worker.actor.halt.remote()
            received = self._got(worker)
            worker.begun = False
            if not isinstance(received, Received):
                self._seen.remove(worker)
                continue
            yield from self._taken(worker, received)
            if received.error is not None and not self._answered:
                raise received.error

"""Processes that each have a graphics card of the cluster, and work on the pieces of one `map`."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Collection
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from typing import Any

from mollia.engine.ray_batches import done
from mollia.engine.ray_map import AHEAD, DEATHS, Piece, unfinished

CARD = {"num_gpus": 1, "num_cpus": 0}  # what a process with a card takes of a node
PATIENCE = 60.0  # seconds without a process after which it is said that there is none
LOG = logging.getLogger(__name__)


class OnCard:
    """Made an actor by `Cards`: its process loads the work's model onto the card once, and ends with the last piece."""

    def hello(self) -> None:
        """Say that the process runs."""

    def done(self, name: str, pickled: bytes, batch: object) -> object:
        """Return what the work makes of a batch."""
        return done(name, pickled, batch)


@dataclass(slots=True, eq=False)
class _Worker:
    """A process as it is seen from here."""

    actor: Any
    up: Future[None]
    pieces: list[Piece[Any, Any]] = field(default_factory=list)


class Cards:
    """As many processes as there are cards; the pieces of one that dies go to the others.

    Ray's own tasks would not do: a process keeps its card's memory for as long as it lives, and Ray lets a task's process
    live on for other tasks, or ends it after every single one.
    """

    def __init__(self, ray: Any, name: str, pickled: Any, *, cards: int) -> None:  # noqa: ANN401  # the library, and where the work lies
        self._ray = ray
        self._work = (name, pickled)
        self._cards = cards
        self._workers: list[_Worker] = []
        self._waiting: deque[Piece[Any, Any]] = deque()
        self._failed_starts = 0  # processes that ended one after the other before one was up
        self.most = AHEAD * cards

    def take(self, piece: Piece[Any, Any], /) -> None:
        """Begin with a piece when a process has a place for it."""
        self._waiting.append(piece)
        if len(self._workers) < self._cards:
            self._start_one()
        self._give()

    def wait(self, pieces: Collection[Piece[Any, Any]], /) -> None:
        """Wait until a piece is finished, or a process has come up or died."""
        starting = [worker.up for worker in self._workers if not worker.up.done()]
        over, _ = wait(
            [*starting, *unfinished(pieces)],
            timeout=None if len(starting) < len(self._workers) else PATIENCE,
            return_when=FIRST_COMPLETED,
        )
        if not over:
            LOG.warning("The cluster has not given a process a graphics card yet: others may hold them all.")
        for worker in list(self._workers):
            if self._died(worker):
                self._replace(worker)
        self._give()

    def close(self, pieces: Collection[Piece[Any, Any]], /) -> None:  # noqa: ARG002  # they end with the processes
        """End the processes, so that others get their cards."""
        for worker in self._workers if self._ray.is_initialized() else ():
            self._ray.kill(worker.actor)
        self._workers.clear()

    def _start_one(self) -> None:
        actor = self._ray.remote(OnCard).options(**CARD).remote()
        self._workers.append(_Worker(actor, actor.hello.remote().future()))

    def _give(self) -> None:
        """Give pieces that wait to processes that are up, the least laden first."""
        for worker in self._workers:
            worker.pieces = [piece for piece in worker.pieces if not piece.finished]
        ready = [worker for worker in self._workers if worker.up.done() and worker.up.exception() is None]
        while self._waiting and ready:
            worker = min(ready, key=lambda each: len(each.pieces))
            if len(worker.pieces) >= AHEAD:
                break
            piece = self._waiting.popleft()
            piece.begun(worker.actor.done.remote(*self._work, piece.sent))
            worker.pieces.append(piece)

    def _died(self, worker: _Worker) -> bool:
        return any(self._is_death(each) for each in (worker.up, *(piece.future for piece in worker.pieces)))

    def _is_death(self, future: Future[Any] | None) -> bool:
        error = future.exception() if future is not None and future.done() else None
        errors = self._ray.exceptions
        return isinstance(error, errors.RayError) and not isinstance(error, errors.RayTaskError)

    def _replace(self, worker: _Worker) -> None:
        """Let others do what a dead process has not done; start another one."""
        self._workers.remove(worker)
        self._ray.kill(worker.actor)  # it may only be out of reach
        for piece in reversed(worker.pieces):
            if piece.finished and not self._is_death(piece.future):
                continue
            piece.deaths += 1
            if piece.deaths < DEATHS:
                piece.future = None
                self._waiting.appendleft(piece)
        self._failed_starts = self._failed_starts + 1 if self._is_death(worker.up) else 0
        if self._failed_starts >= DEATHS * self._cards and not self._workers:
            for piece in self._waiting:
                piece.future = worker.up  # its error is the piece's
            self._waiting.clear()
            return
        self._start_one()

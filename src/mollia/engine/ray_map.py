"""Batches that a cluster works on, as they are seen from the process that wants their results."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Generator, Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from mollia.engine.ray_batches import done
from mollia.errors import MolliaError, first_line

AHEAD = 2  # batches that wait for each core, or for each graphics card
DEATHS = 3  # processes that may die with the same batch

B = TypeVar("B")
T = TypeVar("T")


@dataclass(slots=True, eq=False)
class Piece(Generic[B, T]):
    """A batch under way: what the caller keeps of it, and what is sent."""

    kept: B
    sent: T
    ref: Any = None
    # Fetches the result as soon as it is finished, whatever the caller does: what a node holds dies with it.
    # None: the piece has no place yet.
    future: Future[Any] | None = None
    deaths: int = 0

    def begun(self, ref: Any) -> None:  # noqa: ANN401  # Ray ships no such type
        """Expect what a call of the cluster will return."""
        self.ref, self.future = ref, ref.future()

    @property
    def finished(self) -> bool:
        """Whether there is a result, or an error."""
        return self.future is not None and self.future.done()


class PieceWorkers(Protocol):
    """What works on pieces."""

    @property
    def most(self) -> int:
        """How many pieces may be under way or wait for the caller."""
        ...

    def take(self, piece: Piece[Any, Any], /) -> None:
        """Begin with a piece, now or when there is a place for it."""
        ...

    def wait(self, pieces: Collection[Piece[Any, Any]], /) -> None:
        """Wait until one more of the pieces is finished, or something else has changed."""
        ...

    def close(self, pieces: Collection[Piece[Any, Any]], /) -> None:
        """End what is under way."""
        ...


class Tasks:
    """A task of the cluster for each piece, on a share of a core; Ray begins it again when its process or node dies."""

    def __init__(
        self,
        ray: Any,  # noqa: ANN401  # the library
        options: Mapping[str, object],
        name: str,
        pickled: Any,  # noqa: ANN401  # where the work lies
        *,
        cores: int,
    ) -> None:
        self._ray = ray
        self._task = ray.remote(done).options(max_retries=DEATHS - 1, **options)
        self._work = (name, pickled)
        self.most = AHEAD * cores

    def take(self, piece: Piece[Any, Any], /) -> None:
        """Begin with a piece."""
        piece.begun(self._task.remote(*self._work, piece.sent))

    def wait(self, pieces: Collection[Piece[Any, Any]], /) -> None:
        """Wait until one more of the pieces is finished."""
        wait(unfinished(pieces), return_when=FIRST_COMPLETED)

    def close(self, pieces: Collection[Piece[Any, Any]], /) -> None:
        """End what is under way."""
        for piece in pieces if self._ray.is_initialized() else ():
            self._ray.cancel(piece.ref, force=True)


def unfinished(pieces: Iterable[Piece[Any, Any]]) -> list[Future[Any]]:
    """Return what is waited for."""
    return [each.future for each in pieces if each.future is not None and not each.future.done()]


def worked(
    ray: Any,  # noqa: ANN401  # the library
    workers: PieceWorkers,
    batches: Iterable[tuple[B, T]],
    *,
    ordered: bool,
) -> Generator[tuple[B, Any]]:
    """Yield each batch with its result, in order or as they are finished.

    Raises
    ------
    MolliaError
        When DEATHS processes died with the same batch.
    """
    pieces: deque[Piece[B, T]] = deque()
    try:
        for kept, sent in batches:
            pieces.append(Piece(kept, sent))
            workers.take(pieces[-1])
            if len(pieces) > workers.most:
                yield _next(ray, workers, pieces, ordered=ordered)
        while pieces:
            yield _next(ray, workers, pieces, ordered=ordered)
    finally:
        workers.close(pieces)


def _next(ray: Any, workers: PieceWorkers, pieces: deque[Piece[B, T]], *, ordered: bool) -> tuple[B, Any]:  # noqa: ANN401  # the library
    """Take out of the pieces the first one, or the first that is finished."""
    while True:
        looked_at = [pieces[0]] if ordered else pieces
        for at, piece in enumerate(looked_at):
            if piece.future is not None and piece.future.done():
                del pieces[at]
                return piece.kept, _result(ray, piece.future)
        workers.wait(pieces)


def _result(ray: Any, future: Future[Any]) -> Any:  # noqa: ANN401  # the library; what the work returns
    errors = ray.exceptions
    try:
        return future.result()
    except errors.RayTaskError as error:
        raise error.cause from None
    except errors.RayError as error:
        raise MolliaError(
            f"The cluster gave up a batch: {first_line(error)}", hint="Look at the memory of its nodes."
        ) from error

"""One LLM asked by several workers of a cluster; from outside an annotator like any other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from mollia.engine.ray_workers import Places, Workers
from mollia.protocols import Annotator, Describing, Opens, Recalling
from mollia.records import Answer, Probe, Question

AHEAD = 2  # questions that a worker holds, for each that it asks at a time


class OnCluster:
    """Asks an LLM through workers of a cluster (protocol Annotator); its ledger and its budget stay here.

    The first worker goes ahead alone until it has an answer; the others start with what it found out. The questions of a
    worker that dies are given to the others.

    Parameters
    ----------
    annotator : the same LLM as it would be asked from here.
    member : its settings, which each worker opens for itself.
    places : where the workers run.

    Raises
    ------
    AnnotatorError
        From `annotate`, as the annotator itself does; also when workers die one after the other.
    """

    def __init__(self, annotator: Annotator, member: Opens, places: Places) -> None:
        self._annotator = annotator
        self._places = places
        self._recalled: Mapping[str, object] = {}
        self._workers = Workers(annotator.name, places, member, each=AHEAD * annotator.parallel)

    def __repr__(self) -> str:
        return f"OnCluster({self._annotator!r}, workers={self._places.workers})"

    @property
    def name(self) -> str:
        """The LLM's name on the panel."""
        return self._annotator.name

    @property
    def live(self) -> bool:
        """Whether asking costs a call."""
        return self._annotator.live

    @property
    def parallel(self) -> int:
        """Questions that all workers hold together."""
        return self._places.workers * AHEAD * self._annotator.parallel

    def fingerprint(self) -> str:
        """Return the annotator's own."""
        return self._annotator.fingerprint()

    def describe(self) -> Mapping[str, object]:
        """Return what a worker said last; before one was asked, what the annotator says."""
        if not self._workers.described and isinstance(self._annotator, Describing):
            return self._annotator.describe()
        return self._workers.described

    def recall(self, described: Mapping[str, object], /) -> None:
        """Keep for the first worker what an earlier run found out."""
        if isinstance(self._annotator, Recalling):
            self._annotator.recall(described)
            self._recalled = dict(described)

    def probe(self, questions: Sequence[Question], /) -> Probe | None:
        """Look at the LLM from here."""
        return self._annotator.probe(questions)

    def annotate(self, questions: Iterable[Question], /) -> Iterator[Answer]:
        """Yield an Answer for each question as it arrives."""
        waiting = iter(questions)
        first = next(waiting, None)
        if first is None:
            return
        done = False
        try:
            yield from self._workers.answers(first, waiting, recalled=self._recalled)
            done = True
        finally:
            if not (done and self._places.kept):
                self._workers.stop()

    def close(self) -> None:
        """End the workers and close the annotator."""
        self._workers.stop()
        self._annotator.close()

"""Under which keys the ledger holds the answers to questions; questions are looked at some thousands at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from typing import overload

from mollia.arrays import MANY, Rows
from mollia.protocols import Annotator
from mollia.records import Question
from mollia.strings import joined, strings_of

BLOCK = 50_000  # questions that are made, and looked up, at a time
Asked = Sequence[Question] | Mapping[str, Sequence[Question]]  # the mapping is by LLM

_REST = [each.name for each in fields(Question) if each.name != "key"]


def panel_keys(questions: Asked, annotators: Sequence[Annotator]) -> dict[str, Sequence[str]]:
    """Return by LLM the ledger's key of each question, in the questions' order; of very many they lie in Arrow memory.

    The key joins the question's own with the annotator's fingerprint (so that another model
    or server setting is another question) and, for recorded answers, with the row.
    """
    alike: dict[int, list[Annotator]] = {}  # LLMs that are asked the same questions
    for each in annotators:
        alike.setdefault(id(questions_of(questions, each)), []).append(each)
    keys: dict[str, Sequence[str]] = {}
    for some in alike.values():
        keys |= _keys(questions_of(questions, some[0]), some)
    return {each.name: keys[each.name] for each in annotators}


def questions_of(questions: Asked, annotator: Annotator) -> Sequence[Question]:
    """Return what one LLM is asked."""
    return questions[annotator.name] if isinstance(questions, Mapping) else questions


class Keyed(Sequence[Question]):
    """The questions at some positions (m,), under the keys of one LLM's ledger entries; each is made when it is looked at."""

    __slots__ = ("_annotator", "_print", "_questions", "_rows")

    def __init__(
        self, questions: Sequence[Question], annotator: Annotator, fingerprint: str, rows: Rows
    ) -> None:
        self._questions, self._annotator, self._print, self._rows = questions, annotator, fingerprint, rows

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Question]:
        for row in self._rows:  # not a list of them: they may be millions
            yield self._keyed(int(row))

    @overload
    def __getitem__(self, at: int) -> Question: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Question]: ...
    def __getitem__(self, at: int | slice) -> Question | Sequence[Question]:
        """Return one question, or some that are not made yet."""
        if isinstance(at, slice):
            return Keyed(self._questions, self._annotator, self._print, self._rows[at])
        return self._keyed(int(self._rows[at]))

    def _keyed(self, row: int) -> Question:
        question = self._questions[row]
        return rekeyed(question, _key(question, self._annotator, self._print))


def keyed(questions: Sequence[Question], annotator: Annotator, fingerprint: str) -> list[Question]:
    """Return questions under the keys of one LLM's entries in the ledger."""
    return [rekeyed(each, _key(each, annotator, fingerprint)) for each in questions]


def rekeyed(question: Question, key: str) -> Question:
    """`dataclasses.replace` at a fifth of its price: a panel has hundreds of thousands of questions."""
    return Question(key=key, **{name: getattr(question, name) for name in _REST})


def _keys(questions: Sequence[Question], annotators: Sequence[Annotator]) -> dict[str, Sequence[str]]:
    prints = [(each, each.fingerprint()) for each in annotators]
    found: dict[str, list[Sequence[str]]] = {each.name: [] for each in annotators}
    for start in range(0, len(questions), BLOCK):
        some = list(questions[start : start + BLOCK])
        for each, print_ in prints:
            made = [_key(question, each, print_) for question in some]
            found[each.name].append(made if len(questions) <= MANY else strings_of(made))
    return {llm: joined(parts) for llm, parts in found.items()}


def _key(question: Question, annotator: Annotator, fingerprint: str) -> str:
    row = "" if annotator.live else question.text_id
    joined_ = f"{question.key}\0{fingerprint}\0{row}".encode(errors="surrogatepass")
    return hashlib.blake2b(joined_, digest_size=16).hexdigest()

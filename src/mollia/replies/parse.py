"""Reading a label out of an LLM's reply; what cannot be read gets a reason, never a guess."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from mollia.replies import structured
from mollia.replies.class_names import SHORT, ClassNames, is_short, words
from mollia.replies.refusals import refuses
from mollia.replies.thoughts import without_thoughts
from mollia.replies.wording import (
    CHOICE,
    CUE,
    DENIED_AS_FIELD,
    EXPLAINS,
    JOINTS,
    LISTED,
    NEGATED_AFTER,
    NEGATION,
    SENTENCE_ENDS,
    TIGHT,
    UNCERTAIN,
    clause_before,
    heads_a_list,
    is_alternative,
    is_final,
    names_alternative,
    sentence_before,
)

EMPTY = "empty"
CUT = "cut"
BEGUN = "the beginning of a class name"
NEGATED = "negated"
AMBIGUOUS = "two labels"
REFUSED = "refused"
UNKNOWN = "unknown"
TOO_LONG = "too long to read"
REASONS = (EMPTY, CUT, BEGUN, NEGATED, AMBIGUOUS, REFUSED, UNKNOWN, TOO_LONG)

LONGEST = 10_000  # letters of an answer, thoughts aside, that are read
PROSE = 25  # words; in a longer reply a label counts only where it is given as the answer
FEW = 6  # short names count in replies of up to 2 words, those that are not letters of up to 6
CUT_LENGTH = 3  # letters of a name that make a cut reply recognisable

_DECORATION = (
    "*_`\"'\u201c\u201d\u2018\u2019\u00ab\u00bb<>[](){}.,:;!?~#|\\/-\u2013\u2014\u2022=\u2192\u27a1\u27a4\u2705\u2714\u2713\ufe0f\U0001f449"
    "\u3002\uff01\uff1f\uff1a\uff0c\u300c\u300d\u300e\u300f\u3010\u3011\u300a\u300b\u2026"
)
_CLOSING = "*_`\"'\u201d\u2019"


@dataclass(frozen=True, slots=True)
class Parsed:
    """The class number, or -1 with the reason."""

    label: int
    reason: str = ""


def parse_reply(reply: str, classes: Sequence[Sequence[str]] | Sequence[str]) -> Parsed:
    """Read the class a reply names, in time that grows with the reply's length.

    Accepted: other case, quotes, markdown, "Label: X", JSON, a label followed by an explanation. A
    reply counts for at most one class: longer names win over names they contain ("10" is
    never 1), and a label named beside the answer (second choice, why not) never wins. Otherwise the
    label is -1 and the reason one of `REASONS`.

    Parameters
    ----------
    classes : K names, or K sequences of names
        With sequences, every name counts for its class (first the canonical one).
    """
    names = tuple((each,) if isinstance(each, str) else tuple(each) for each in classes)
    return _reader(names)(reply)


@lru_cache(maxsize=64)
def _reader(classes: tuple[tuple[str, ...], ...]) -> _Reader:
    return _Reader(classes)


class _Reader:
    """The parser for one list of classes."""

    def __init__(self, classes: tuple[tuple[str, ...], ...]) -> None:
        self._names = ClassNames(classes)
        self._strip = "".join(sign for sign in _DECORATION if sign not in self._names.ends)

    def __call__(self, reply: str) -> Parsed:
        if reply.strip() in self._names.exact:
            return Parsed(self._names.exact[reply.strip()])
        answer = without_thoughts(reply)
        if answer is None:
            return Parsed(-1, CUT)
        if not answer.strip():
            return Parsed(-1, EMPTY)
        if len(answer) > LONGEST:
            return Parsed(-1, TOO_LONG)
        return self._whole(answer) or self._structured(answer) or self._text(answer)

    def _whole(self, text: str) -> Parsed | None:
        """A text that is a label and nothing else but decoration."""
        kept = text.strip().strip(self._strip + " \t\r\n")
        signed = kept[:1].isdigit() and text.partition(kept)[0].endswith(("-", "\u2212", "."))
        number = self._names.number("-" + kept if signed else kept)  # -1 is no 1
        return Parsed(number) if number >= 0 else None

    # --- JSON and markup

    def _structured(self, answer: str) -> Parsed | None:
        """Fields that hold a label; what other fields say (a reason, an alternative) is not looked at."""
        text = structured.unfenced(answer)
        if marked := structured.marked_up(text):
            return self._one_of(map(self._value, marked))
        meant = structured.looks_structured(text)
        if "{" not in text and not meant:
            return None
        found = structured.values(text)
        fields = [each for value in found for each in structured.labels_in(value)]
        if meant and not found and (pairs := structured.pairs(text)):
            found = [pairs]
            fields = list(structured.labels_in(pairs))
        if fields:
            return self._one_of(map(self._value, fields))
        if not meant:
            return None
        labels = {label for value in found for label in self._labels_of(value)}
        if len(labels) == 1:
            return Parsed(labels.pop())
        return Parsed(-1, AMBIGUOUS if labels else UNKNOWN if found else CUT)

    def _value(self, value: Any) -> Parsed:  # noqa: ANN401  # of any JSON field
        if isinstance(value, Mapping):
            value = structured.best_scored(value)
            if value is None:
                return Parsed(-1, AMBIGUOUS)
        text = str(value)
        return (self._whole(text) or self._text(text)) if text.strip() else Parsed(-1, EMPTY)

    def _labels_of(self, value: object) -> Iterator[int]:
        """Classes that fields of unknown names hold as a whole."""
        if isinstance(value, Mapping):
            for key, each in value.items():
                if (
                    isinstance(each, str)
                    and not structured.is_alternative(str(key))
                    and (read := self._whole(each))
                ):
                    yield read.label

    def _one_of(self, found: Iterator[Parsed]) -> Parsed:
        """The one class that several fields name; where none does, the first reason."""
        read = list(found)
        labels = {each.label for each in read if each.label >= 0}
        if len(labels) == 1:
            return Parsed(labels.pop())
        return Parsed(-1, AMBIGUOUS if labels else read[0].reason)

    # --- plain text

    def _text(self, answer: str) -> Parsed:
        text = self._names.fold_text(answer)
        blanked = self._names.mention.sub("\u00a4", text)
        refused = refuses(blanked)
        final: set[int] = set()
        given: set[int] = set()
        for label, is_last in self._cued(text, refused=refused):
            (final if is_last else given).add(label)
        if final:
            return Parsed(final.pop()) if len(final) == 1 and -1 not in final else Parsed(-1, AMBIGUOUS)
        given |= self._lines(answer)
        given |= self._leading(text, refused=refused)
        if len(given) == 1 and -1 not in given:
            return Parsed(given.pop())
        if given:
            return Parsed(-1, AMBIGUOUS)
        if refused:
            return Parsed(-1, REFUSED)
        return self._counted(text, doubtful=UNCERTAIN.search(blanked) is not None)

    def _cued(self, text: str, *, refused: bool) -> Iterator[tuple[int, bool]]:
        """Labels given as the answer, -1 for two at once, and whether that is the last word."""
        for cue in CUE.finditer(text):
            label = self._names.mention.match(text, cue.end())
            before = sentence_before(text, cue.start())
            if label is None or is_alternative(before) or (refused and refuses(before + cue[0])):
                continue
            behind = _behind(text, label)
            if behind.startswith("?") or (refused and not EXPLAINS.match(behind)):
                continue
            yield self._alone(text, label), is_final(before)

    def _lines(self, answer: str) -> set[int]:
        """Labels that are lines of their own, but for those that a heading calls options or alternatives."""
        lines = answer.splitlines()
        if len(lines) == 1:
            return set()
        found: set[int] = set()
        listed = False
        for line in filter(str.strip, lines):
            read = self._whole(line)
            if read is None:
                head = line.strip(" \t*_#")
                listed = line.rstrip(" *_").endswith(":") and heads_a_list(self._names.fold_text(head))
            elif not listed:
                found.add(read.label)
        return found

    def _leading(self, text: str, *, refused: bool) -> set[int]:
        """The label that a text begins with and goes on to explain; -1 where another one follows as its equal."""
        start = len(text) - len(text.lstrip(self._strip + " \n"))
        first = self._names.mention.match(text, start)
        if first is None or (start and text[start - 1] in "-\u2212." and first[0][0].isdigit()):
            return set()
        behind = _behind(text, first)
        if NEGATED_AFTER.match(text, first.end()):
            return set()
        stands = SENTENCE_ENDS.match(behind) if refused else EXPLAINS.match(behind)
        return {self._alone(text, first)} if stands else set()

    def _alone(self, text: str, label: re.Match[str]) -> int:
        """Return the class of a mention, or -1 if others follow as its equals: "Refund; Delivery"."""
        number, at = self._names.number(label[0]), label.end()
        for _ in range(FEW):
            joints = JOINTS.match(text, at)
            behind = joints.end() if joints else at
            following = self._names.mention.match(text, behind)
            if following is None:
                break
            joint = text[at:behind]
            if self._names.number(following[0]) != number and (
                CHOICE.search(joint) or LISTED.match(text, following.end())
            ):
                return -1
            at = following.end()
        return number

    def _counted(self, text: str, *, doubtful: bool) -> Parsed:
        """Weigh the mentions: denied ones do not count, two different ones are ambiguous."""
        length = words(text)
        affirmed: set[int] = set()
        denied: set[int] = set()
        end = 0
        for mention in self._names.mention.finditer(text):
            number = self._names.number(mention[0])
            if not self._is_met_by_chance(mention, text, length, since=end):
                clause = clause_before(text, mention.start(), since=end)
                is_denied = self._is_denied(text, mention, clause, chosen_from=bool(denied), since=end)
                tight = TIGHT.search(clause) or DENIED_AS_FIELD.match(text, mention.end())
                if tight and number in self._names.opposite and not doubtful:
                    affirmed.add(self._names.opposite[number])
                elif is_denied:
                    denied.add(number)
                elif not names_alternative(sentence_before(text, mention.start(), since=end)):
                    affirmed.add(number)
            end = mention.end()
        if doubtful:
            denied, affirmed = denied | affirmed, set()
        if len(affirmed) == 1:
            return Parsed(affirmed.pop()) if length <= PROSE else Parsed(-1, UNKNOWN)
        if affirmed:
            return Parsed(-1, AMBIGUOUS)
        if denied:
            return Parsed(-1, NEGATED)
        bare = text.strip(self._strip + " ")
        return Parsed(-1, BEGUN if len(bare) >= CUT_LENGTH and self._names.begins(bare) else UNKNOWN)

    def _is_met_by_chance(self, mention: re.Match[str], text: str, length: int, *, since: int) -> bool:
        """Tell whether a short name is but a word or number of the sentence."""
        between = text[since : mention.start()]
        if not is_short(mention[0]) or (since and CHOICE.search(between) and JOINTS.fullmatch(between)):
            return False
        if mention[0].isalpha() and text[mention.end() : mention.end() + 2].strip(" ")[:1].isalnum():
            return True
        return length > (SHORT if mention[0].isalpha() else FEW)

    def _is_denied(
        self, text: str, mention: re.Match[str], clause: str, *, chosen_from: bool, since: int
    ) -> bool:
        between = text[max(since, mention.start() - 40) : mention.start()]
        return bool(
            (chosen_from and CHOICE.search(between))
            or NEGATION.search(clause)
            or NEGATED_AFTER.match(text, mention.end())
        )


def _behind(text: str, label: re.Match[str]) -> str:
    """Return the few signs after a label, without the quotes and stars that close it."""
    return text[label.end() : label.end() + 20].lstrip(_CLOSING)

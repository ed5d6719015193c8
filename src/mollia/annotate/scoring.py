"""The ladder of ways to get label probabilities out of a server, best first."""

from __future__ import annotations

import math
import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np

from mollia.annotate.dialects import Manner, Wanted, plain
from mollia.annotate.failures import RowFailed
from mollia.annotate.label_probs import (
    TELLING,
    LabelProbs,
    Position,
    Tokens,
    from_full_labels,
    from_positions,
    from_sequences,
)
from mollia.annotate.retry import Client, Cost, Json, number_of_tokens
from mollia.annotate.server_reply import DAMAGED, NO_ANSWER, choices, echoed, only, token_logprobs
from mollia.errors import AnswerRefused
from mollia.records import Prompt, Question

NAMED, ECHO, TOP, LETTERS, VOTES = "named tokens", "echo", "top tokens", "letters", "votes"
ALTERNATIVES = 20  # what hosted servers give at most
LISTED = 500  # alternatives asked of llama.cpp, which gives any number
POSITIONS = 4
LETTER_NAMES = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
NONE_OF_THESE = "none of these"
MARK = "\u2063mollia\u2063"  # stands for the user's turn while a chat template is taken apart


class Scorer(Protocol):
    """Gets z for a question; `rung` names the way."""

    @property
    def rung(self) -> str:
        """The name of the way, for reports."""
        ...

    def score(self, question: Question, cost: Cost) -> LabelProbs:
        """Return z of one question."""
        ...


class NoLogprobs(Exception):
    """The server answered without log-probabilities; `damaged` says what is wrong where it gave some."""

    def __init__(self, damaged: str = "") -> None:
        super().__init__(damaged)
        self.damaged = damaged

    @property
    def problem(self) -> str:
        """What the ledger says of the row."""
        return f"{DAMAGED}: {self.damaged}" if self.damaged else "no log-probabilities in the reply"


class NamedTokens:
    """Rung (a) on llama.cpp: the labels' own tokens on a trie, the text read once."""

    rung = NAMED

    def __init__(self, client: Client, manner: Manner) -> None:
        self._client = client
        self._manner = manner
        self._turn = threading.Lock()
        self._frames: dict[str, tuple[str, str]] = {}
        self._read: set[str] = set()
        self._sequences: dict[tuple[tuple[str, ...], ...], list[tuple[int, Tokens]]] = {}

    def score(self, question: Question, cost: Cost) -> LabelProbs:
        """Return z normalised over the labels; what they leave of 1 is unseen."""
        before, behind = self._frame(question.prompt.system)
        prompt = before + question.prompt.user + behind
        self._read_first(before, cost)
        with self._turn:
            if question.classes not in self._sequences:
                self._sequences[question.classes] = self._label_tokens(question.classes)
            sequences = self._sequences[question.classes]

        def after(prefix: Tokens) -> Mapping[int, float]:
            return self._next(prompt, prefix, cost)

        return from_sequences(sequences, len(question.classes), after)

    def _frame(self, system: str) -> tuple[str, str]:
        """Return what stands before and behind the user's part."""
        if not self._manner.chat:
            return f"{system}\n\n" if system else "", ""
        with self._turn:
            if system not in self._frames:
                marked = self._manner.extra | self._manner.body(Prompt(system=system, user=MARK))
                templated, _ = self._client.look("/apply-template", marked, root=True)
                before, found, behind = str(templated.get("prompt", "")).partition(MARK)
                if not found:
                    raise RowFailed("the server fills no chat template")
                self._frames[system] = before, behind
            return self._frames[system]

    def works(self, question: Question) -> bool:
        """Tell whether the server fills its chat template and gives tokens; change `manner` if need be.

        A prompt of tokens holds no image.
        """
        if question.prompt.image:
            return False
        for merged in (self._manner.merged, True):
            self._manner.merged = merged
            try:
                self._frame(question.prompt.system)
            except (RowFailed, AnswerRefused):
                continue
            return bool(self._label_tokens(question.classes))
        self._manner.merged = False
        return False

    def _read_first(self, before: str, cost: Cost) -> None:
        """Let the server read what all texts share, once, by itself.

        Then every text is read in the same way, as a short continuation: on quantised models
        reading it in one go with the rest gives other numbers (up to .02 of z were seen).
        """
        with self._turn:
            if before in self._read:
                return
            self._read.add(before)
        body: Json = {"prompt": before, "n_predict": 0, "cache_prompt": True}
        reply = self._client.post("/completion", body, cost, root=True)
        cost.prompt_tokens += _read_now(reply)

    def _label_tokens(self, classes: Sequence[Sequence[str]]) -> list[tuple[int, Tokens]]:
        """Return every way a label is likely to be begun, as token ids."""
        found: dict[Tokens, int] = {}
        for number, names in enumerate(classes):
            for form in dict.fromkeys(
                form for name in names for form in spellings(name, chat=self._manner.chat)
            ):
                reply, _ = self._client.look("/tokenize", {"content": form, "add_special": False}, root=True)
                given = reply.get("tokens")
                tokens = tuple(given) if isinstance(given, list) else ()
                if tokens and all(type(token) is int for token in tokens):
                    found.setdefault(tokens, number)
        return [(number, tokens) for tokens, number in found.items()]

    def _next(self, prompt: str, prefix: Tokens, cost: Cost) -> Mapping[int, float]:
        body: Json = {
            "prompt": [prompt, *prefix] if prefix else prompt,
            "n_predict": 1,
            "n_probs": LISTED,
            "temperature": 1.0,
            "top_p": 1.0,
            "top_k": 0,
            "min_p": 0.0,
            "cache_prompt": True,
        }
        reply = self._client.post("/completion", body, cost, root=True)
        cost.prompt_tokens += _read_now(reply)
        cost.reply_tokens += 1
        listed = reply.get("completion_probabilities")
        if not isinstance(listed, list) or not listed or not isinstance(listed[0], dict):
            raise NoLogprobs
        if not listed[0].get("top_logprobs"):
            raise NoLogprobs
        return token_logprobs(listed[0]["top_logprobs"])


def _read_now(reply: Json) -> int:
    """Return how many tokens llama.cpp really read for a reply."""
    timings = reply.get("timings")
    return number_of_tokens(timings.get("prompt_n")) if isinstance(timings, dict) else 0


def spellings(name: str, *, chat: bool) -> list[str]:
    """Return the ways a model writes a label at the start of its answer."""
    cases = dict.fromkeys([name, name.lower(), name.capitalize(), name.title()])
    blank = "" if chat else " "
    return [blank + case for case in cases]


class TopTokens:
    """Rung (c): the top-N alternatives at the first positions of one sampled reply."""

    rung = TOP

    def __init__(
        self, client: Client, model: str, manner: Manner, *, alternatives: int = ALTERNATIVES
    ) -> None:
        self._client = client
        self._model = model
        self._manner = manner
        self.alternatives = alternatives
        self.given = 0  # the most alternatives a reply held

    def score(self, question: Question, cost: Cost) -> LabelProbs:
        """Return z as a sub-distribution; labels outside the list are not seen."""
        return from_positions(self.positions(question, cost), question.classes)

    def positions(self, question: Question, cost: Cost) -> tuple[Position, ...]:
        """Return the first positions of one reply, asked with temperature 1 and top_p 1."""
        body = self._manner.request(self._model, question.prompt, self.wanted())
        reply = self._client.post(self._manner.path, body, cost)
        cost.add_usage(reply)
        first = only(reply)
        if first.positions is None:
            raise NoLogprobs(first.damaged)
        self.given = max(self.given, len(first.positions[0].top))
        return first.positions

    def wanted(self) -> Wanted:
        """Return what a request asks for."""
        return Wanted(max_tokens=POSITIONS, seed=0, alternatives=self.alternatives)


class Letters:
    """Rung (c) for labels that begin alike or outnumber the alternatives: a letter stands for each.

    With more labels than letters fit, they are asked in groups first, each with a letter for
    "none of these"; the best go into one last list, and z is that list's. Labels that did not
    get there are not seen.
    """

    rung = LETTERS

    def __init__(self, top: TopTokens) -> None:
        self._top = top

    def wanted(self) -> Wanted:
        """Return what a request asks for."""
        return self._top.wanted()

    def score(self, question: Question, cost: Cost) -> LabelProbs:
        """Return z (K,) as a sub-distribution."""
        labels = list(range(len(question.classes)))
        room = min(self._top.alternatives, len(LETTER_NAMES)) - 2
        if len(labels) > room:
            scores = np.full(len(labels), -math.inf)
            groups = math.ceil(len(labels) / room)
            for first in range(groups):
                group = labels[first::groups]
                scores[group] = np.nan_to_num(self._ask(question, group, cost).logprobs[:-1], nan=-math.inf)
            labels = sorted(np.argsort(-scores, kind="stable")[:room].tolist())
        last = self._ask(question, labels, cost)
        logprobs = np.full(len(question.classes), math.nan)
        logprobs[labels] = last.logprobs[:-1]
        seen = float(np.exp(np.nan_to_num(last.logprobs[:-1], nan=-math.inf)).sum())
        return LabelProbs(logprobs=logprobs, unseen=max(0.0, 1.0 - seen))

    def _ask(self, question: Question, labels: Sequence[int], cost: Cost) -> LabelProbs:
        """Return z over some labels and "none of these" (last)."""
        names = [question.classes[label][0] for label in labels] + [NONE_OF_THESE]
        lines = [f"{letter} = {name}" for letter, name in zip(LETTER_NAMES, names, strict=False)]
        legend = "Reply with one letter only, which stands for the class:\n" + "\n".join(lines)
        prompt = replace(question.prompt, system=f"{question.prompt.system}\n\n{legend}")
        asked = replace(
            question, prompt=prompt, classes=tuple((letter,) for letter in LETTER_NAMES[: len(names)])
        )
        return self._top.score(asked, cost)


class Echo:
    """Rung (b): every label as a continuation, with the prompt's log-probabilities echoed back."""

    rung = ECHO

    def __init__(self, client: Client, model: str) -> None:
        self._client = client
        self._model = model

    def works(self, question: Question) -> bool:
        """Tell whether the server echoes a prompt with log-probabilities; costs one scoring of a text.

        Only text is echoed.
        """
        if question.prompt.image:
            return False
        try:
            self.score(question, Cost())
        except (NoLogprobs, RowFailed, AnswerRefused):
            return False
        return True

    def score(self, question: Question, cost: Cost) -> LabelProbs:
        """Return z normalised over the labels' first names; what they leave of 1 is unseen."""
        prompt = plain(question.prompt)
        body: Json = {
            "model": self._model,
            "prompt": [f"{prompt} {names[0]}" for names in question.classes],
            "max_tokens": 1,
            "echo": True,
            "logprobs": 1,
            "temperature": 1.0,
            "top_p": 1.0,
        }
        reply = self._client.post("/completions", body, cost)
        cost.add_usage(reply)
        found = sorted(choices(reply), key=lambda choice: number_of_tokens(choice.get("index")))
        if len(found) != len(question.classes):
            raise RowFailed(NO_ANSWER, f"{len(found)} of {len(question.classes)} labels scored")
        return from_full_labels(
            [
                _continuation(choice, len(prompt), len(prompt) + 1 + len(names[0]))
                for choice, names in zip(found, question.classes, strict=True)
            ]
        )


def _continuation(choice: Json, start: int, end: int) -> float:
    """Return the log-probability of the tokens whose text lies between two offsets."""
    found = echoed(choice, start, end)
    if found is None:
        raise NoLogprobs
    return found


def alike(classes: Sequence[Sequence[str]]) -> list[tuple[str, str]]:
    """Return pairs of classes whose names begin with the same letters, so that a token may mean both."""
    names = [(each[0], each[0].casefold()[:TELLING]) for each in classes]
    return [(a, b) for i, (a, start) in enumerate(names) for b, other in names[i + 1 :] if start == other]


def needs_letters(classes: Sequence[Sequence[str]], alternatives: int) -> bool:
    """Tell whether first tokens cannot tell these labels apart.

    One group of labels that begin alike is walked through token by token; two groups, or more
    labels than alternatives, are not.
    """
    starts = [each[0].casefold()[:TELLING] for each in classes]
    groups = {start for start in starts if starts.count(start) > 1}
    return len(groups) > 1 or len(classes) > alternatives

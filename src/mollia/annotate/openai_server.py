"""Any server that speaks the OpenAI protocol: llama.cpp, vLLM, SGLang, Ollama, LM Studio, TGI, hosted ones."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, islice
from typing import Any, Literal

from mollia.annotate.adapt import adapt, adaptable
from mollia.annotate.address import shown
from mollia.annotate.consistency import Sampler
from mollia.annotate.course import Course
from mollia.annotate.dialects import LLAMA_CPP, Manner, Server, Wanted, identify
from mollia.annotate.failures import Refused, RowFailed
from mollia.annotate.label_probs import LabelProbs
from mollia.annotate.probe import probe
from mollia.annotate.retry import Client, Cost, Endpoint
from mollia.annotate.scoring import (
    ALTERNATIVES,
    VOTES,
    Echo,
    Letters,
    NamedTokens,
    NoLogprobs,
    Scorer,
    TopTokens,
    alike,
    needs_letters,
)
from mollia.annotate.workers import answer_all
from mollia.errors import AnnotatorError, ServerCannot
from mollia.records import Answer, Probe, Question

Scoring = Literal["auto", "named tokens", "echo", "top tokens", "letters", "votes"]
SAMPLES_WITHOUT_Z = 3  # T where the server gives no label probabilities and the task names no T
WITHOUT_Z = 2  # rows that must come back without log-probabilities before the server is said to give none
OPENING = 3  # questions that go out one by one while the server has answered none
MOST_CHANGES = 2  # without log-probabilities samples are asked for, which may be refused in turn
SHOWN_PAIRS = 3


class OpenAIServer:
    """Asks one model behind one or several equal servers, with threads.

    The first questions go out alone, one by one, until one is answered: they show which way label
    probabilities are to be had and whether key and model are right, mostly at the price of one call.

    Parameters
    ----------
    endpoint : the LLM's name on the panel, and the servers that serve it.
    model : the model's name there.
    chat : False for base models: the prompt is continued instead of answered.
    scoring : a rung of the ladder, or "auto" for the best the server offers.
    votes_only : whether samples may stand in where the server gives no log-probabilities.
    max_tokens : of one sampled answer.
    alternatives : tokens asked for with their log-probabilities.
    extra : fields put into every request, or dropped from it (value "drop").

    Raises
    ------
    AnnotatorError
        From `annotate`, when asking on is hopeless; from `probe` too.
    """

    live = True

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        model: str,
        chat: bool = True,
        scoring: Scoring = "auto",
        votes_only: bool = False,
        max_tokens: int = 16,
        alternatives: int = ALTERNATIVES,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        self.name = endpoint.llm
        self.model = model
        self._chat = chat
        self.manner = Manner(chat=chat, own=dict(extra or {}))
        self.scoring = scoring
        self.votes_only = votes_only
        self.max_tokens = max_tokens
        self.alternatives = alternatives
        self.server = Server()
        self.course = Course(endpoint.llm, max_tokens=max_tokens, concurrency=endpoint.concurrency)
        self._endpoint = endpoint
        self._client: Client | None = None
        self._scorer: Scorer | None = None
        self._ready = False
        self._recalled: Mapping[str, Any] = {}
        self._described: Mapping[str, object] = {}  # by an earlier run
        self._sampler: Sampler | None = None
        self._taken = False  # whether all requests about a row were taken
        self._has_z = False  # whether log-probabilities were seen
        self._lacking: list[str] = []  # rows that came back without, before any came with
        self._notes: dict[str, str] = {}

    def __repr__(self) -> str:
        return f"OpenAIServer({self.name!r}, model={self.model!r})"

    def fingerprint(self) -> str:
        """Return a hash of model and settings; addresses, time-outs and concurrency are not part of it."""
        settings: list[object] = [
            "openai",
            self.model,
            self._chat,
            self.scoring,
            self.max_tokens,
            self.alternatives,
        ]
        settings += [dict(self.manner.own)] if self.manner.own else []
        return hashlib.blake2b(json.dumps(settings).encode(), digest_size=16).hexdigest()

    def describe(self) -> Mapping[str, object]:
        """Return what was found out, for the run's manifest: server, version, source of z, notes."""
        if self._described and not self._ready:
            return self._described
        return {
            "server": self.server.kind,
            "version": self.server.version,
            "model": self.model,
            "answered as": self._client.answered_as(self._described.get("answered as"))
            if self._client
            else [],
            "label probabilities": self.rung,
            "notes": self.notes,
            "asked": {**self.manner.found(), "votes": self._has_votes_only(), "of": self._asked_of()},
        }

    def recall(self, described: Mapping[str, object]) -> None:
        """Take over from the ledger what an earlier run found out by trying, if server and model are the same."""
        asked = described.get("asked")
        if isinstance(asked, Mapping) and asked.get("of") == self._asked_of():
            self._recalled, self._described = asked, described

    def join(self, described: Mapping[str, object]) -> None:
        """Help another client of the same settings that has had an answer, and take over what it found out."""
        self.recall(described)
        self._taken = self.course.answered = True

    def _asked_of(self) -> str:
        return f"{self.fingerprint()} {','.join(map(shown, self._endpoint.urls))}"

    def _has_votes_only(self) -> bool:
        return self._ready and self._scorer is None

    @property
    def notes(self) -> list[str]:
        """What was found out while asking, in sentences."""
        return sorted([*self._notes.values(), *self.manner.notes()])

    @property
    def rung(self) -> str:
        """Where z comes from; "votes" where the server gives no log-probabilities."""
        return self._scorer.rung if self._scorer is not None else VOTES

    @property
    def parallel(self) -> int:
        """Requests at the same time."""
        return self._endpoint.concurrency

    def probe(self, questions: Sequence[Question], /) -> Probe:
        """Find out what server and model can do; see `probe.probe`."""
        return probe(self, questions)

    @property
    def client(self) -> Client:
        """The open HTTP client."""
        if self._client is None:
            self._client = Client(self._endpoint)
        return self._client

    @property
    def _drawn(self) -> Sampler:
        if self._sampler is None:
            self._sampler = Sampler(self.client, self.model, self.manner, max_tokens=self.max_tokens)
        return self._sampler

    def annotate(self, questions: Iterable[Question], /) -> Iterator[Answer]:
        """Yield an Answer for each question as it finishes."""
        waiting = iter(questions)
        classes: dict[str, tuple[tuple[str, ...], ...]] = {}

        def asked() -> Iterator[Question]:
            for question in waiting:
                classes[question.key] = question.classes
                yield question

        given = asked()
        for answer in chain(self._opening(given), self._rest(given)):
            yield answer
            self.course.check(classes.pop(answer.key), answer)
        self.course.end()

    def _rest(self, questions: Iterator[Question]) -> Iterator[Answer]:
        yield from answer_all(questions, self.answer, threads=self.parallel)

    def _opening(self, questions: Iterator[Question]) -> Iterator[Answer]:
        """Answer questions one by one until the server has shown what it can do, `OPENING` at most.

        A row that came back without label probabilities before it was clear that there are none is asked again.
        """
        held: list[tuple[Question, Answer]] = []
        for question in islice(questions, OPENING):
            self.prepare(question)
            answer = self.first(question)
            if question.key in self._lacking and not self._has_z:
                held.append((question, answer))
            else:
                yield answer
            if self._has_z or (self._scorer is None and (held or self.course.answered)):
                break
        if held and self._scorer is not None and not self._has_z:
            self._without_logprobs()
        for question, before in held:
            if before.problem is None and not self._has_z:
                yield before  # samples were asked for at the same time
                continue
            again = self.answer(question)
            yield replace(
                again,
                calls=before.calls + again.calls,
                prompt_tokens=before.prompt_tokens + again.prompt_tokens,
                reply_tokens=before.reply_tokens + again.reply_tokens,
            )

    def prepare(self, question: Question) -> None:
        """Find out what the server is and choose the rung; a second call does nothing."""
        if self._ready:
            return
        self.server = identify(self.client, self.model)
        self.manner.extra = self.server.extra
        if self._recalled:
            self.manner.recall(self._recalled)
            self._fewer_alternatives()
        self._scorer = (
            None if self._recalled.get("votes") is True and self.votes_only else self._choose(question)
        )
        if self._scorer is None:
            self._note_votes()
        for a, b in alike(question.classes)[:SHOWN_PAIRS]:
            self._notes[f"{a} {b}"] = (
                f'"{a}" and "{b}" begin alike: mass on a token that may mean either counts for neither.'
            )
        self._ready = True

    def _choose(self, question: Question) -> Scorer | None:
        named = NamedTokens(self.client, self.manner)
        echo = Echo(self.client, self.model)
        top = TopTokens(self.client, self.model, self.manner, alternatives=self.alternatives)
        wanted: str = self.scoring
        if wanted == "auto" and self.server.kind == LLAMA_CPP and named.works(question):
            wanted = named.rung
        letters = needs_letters(question.classes, self.alternatives)
        # Echoing reads the prompt K times, past the server's cache: only for labels that one list cannot tell
        # apart, and not for chats, whose template an echoed prompt would lack.
        unclear = letters or bool(alike(question.classes))
        if wanted == "auto" and unclear and not self.manner.chat and echo.works(question):
            wanted = echo.rung
        if wanted == "auto":
            wanted = Letters.rung if letters else top.rung
        ways: list[Scorer] = [named, echo, top, Letters(top)]
        return next((way for way in ways if way.rung == wanted), None)

    def first(self, question: Question) -> Answer:
        """Answer a question before any other was answered, changing what the server cannot do."""
        cost = Cost()
        answer = self._answered(question, cost)
        for _ in range(MOST_CHANGES):
            if answer.problem is None or self._taken or not adaptable(answer.problem):
                break
            wanted = self._wanted(question)
            changed = adapt(self.client, self.model, self.manner, question, wanted=wanted, cost=cost)
            self._fewer_alternatives()
            if not self.manner.logprobs and isinstance(self._scorer, TopTokens | Letters):
                self._without_logprobs("refuses the field logprobs")
            if not changed:
                return replace(answer, calls=cost.calls)
            self._scorer = self._scorer and self._choose(question)
            answer = self._answered(question, cost)
        self._taken = self._taken or answer.problem is None
        return answer

    def _fewer_alternatives(self) -> None:
        self.alternatives = min(self.alternatives, self.manner.most or self.alternatives)

    def _wanted(self, question: Question) -> list[Wanted]:
        """Return the requests that a question takes."""
        wanted = [self._scorer.wanted()] if isinstance(self._scorer, TopTokens | Letters) else []
        samples = question.samples or (0 if self._scorer else SAMPLES_WITHOUT_Z)
        return wanted + ([self._drawn.wanted(question, samples)] if samples else [])

    def answer(self, question: Question) -> Answer:
        """Answer one question; a row that fails is an Answer with `problem`."""
        return self._answered(question, Cost())

    def _answered(self, question: Question, cost: Cost) -> Answer:
        started = time.monotonic()
        z: LabelProbs | None = None
        replies: list[str] = []
        problem = None
        try:
            if question.samples and not self._has_z and isinstance(self._scorer, TopTokens | Letters):
                replies = self._samples(question, question.samples, cost, look=self.alternatives)
            if question.key not in self._lacking or self._has_z:
                z = self._z(question, cost)
            samples = question.samples or (SAMPLES_WITHOUT_Z if self._scorer is None else 0)
            replies = replies or self._samples(question, samples, cost)
        except RowFailed as error:
            problem = error.problem
            if isinstance(error, Refused):
                self.course.refused(question, error)
        except AnnotatorError as error:
            error.calls += cost.calls
            raise
        return Answer(
            key=question.key,
            text_id=question.text_id,
            llm=self.name,
            replies=tuple(replies) if problem is None else (),
            label_logprobs=z.logprobs if z is not None and problem is None else None,
            unseen_mass=z.unseen if z is not None and problem is None else 0.0,
            prompt_tokens=cost.prompt_tokens,
            reply_tokens=cost.reply_tokens,
            seconds=time.monotonic() - started,
            calls=cost.calls,
            problem=problem,
        )

    def _samples(self, question: Question, t: int, cost: Cost, *, look: int = 0) -> list[str]:
        """Return T replies; with `look` the first call shows whether the server gives log-probabilities."""
        drawn = self._drawn.sample(question, t, cost, look=look)
        if look and drawn[0].text.strip() and drawn[0].positions is None:
            self._lack(question, drawn[0].damaged)
        return [self.client.secrets.without(each.text) for each in drawn]

    def _z(self, question: Question, cost: Cost) -> LabelProbs | None:
        scorer = self._scorer
        if scorer is None:
            return None
        try:
            z = scorer.score(question, cost)
        except NoLogprobs as error:
            if not self._has_z:
                self._lack(question, error.damaged)
                if self._scorer is None:
                    return None
            raise RowFailed(*error.problem.split(": ", 1)) from None
        self._note_given(scorer)
        return z

    def _lack(self, question: Question, damaged: str) -> None:
        """Note a row whose reply had no log-probabilities while none had; after two rows, the server gives none."""
        self._lacking.append(question.key)
        if len(self._lacking) >= WITHOUT_Z:
            self._without_logprobs(f"sends {NoLogprobs(damaged).problem}" if damaged else "")

    def _without_logprobs(self, why: str = "") -> None:
        does = (
            why
            or "takes the field logprobs and drops it: it came back empty, so there are no label probabilities"
        )
        if not self.votes_only:
            raise ServerCannot(
                f"{self.name}: the server at {self.client.shown} ({self.server.kind}"
                f"{' ' + self.server.version if self.server.version else ''}) {does}.",
                hint=f"{self.server.remedy} Or set votes_only = true for this panel member: "
                "its confidence is then counted from samples.",
            )
        self._scorer = None
        self._note_votes()

    def _note_votes(self) -> None:
        self._notes["votes"] = "No label probabilities: the confidence is counted from samples (votes)."

    def _note_given(self, scorer: Scorer) -> None:
        if self._has_z:
            return
        self._has_z = True
        if isinstance(scorer, TopTokens) and scorer.given < scorer.alternatives:
            self._notes["given"] = (
                f"The server gives {scorer.given} of the {scorer.alternatives} alternatives asked for in "
                f"top_logprobs: labels beyond them are not seen. {self.server.remedy}"
            )

    def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            self._client.close()

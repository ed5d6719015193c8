"""Any server that speaks the OpenAI protocol: llama.cpp, vLLM, SGLang, Ollama, LM Studio, TGI, hosted ones."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from mollia.annotate.consistency import Sampler
from mollia.annotate.dialects import LLAMA_CPP, Manner, Server, identify
from mollia.annotate.failures import RowFailed
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
from mollia.errors import AnnotatorError, AnswerRefused, ServerCannot
from mollia.records import Answer, Probe, Question
from mollia.settings import Cap, Number, PanelMember, PromptForm

Scoring = Literal["auto", "named tokens", "echo", "top tokens", "letters", "votes"]
SAMPLES_WITHOUT_Z = 3  # T where the server gives no label probabilities and the task names no T
FIRST_TRIES = 4  # ways of asking the first question before a refusal is believed
SHOWN_PAIRS = 3


class OpenAIServer:
    """Asks one model behind one or several equal servers, with threads.

    The first question goes out alone: it shows which way label probabilities are to be had
    and whether the key and the model are right, at the price of one call.

    Parameters
    ----------
    endpoint : the LLM's name on the panel, and the servers that serve it.
    model : the model's name there.
    chat : False for base models: the prompt is continued instead of answered.
    scoring : a rung of the ladder, or "auto" for the best the server offers.
    votes_only : whether samples may stand in where the server gives no log-probabilities.
    max_tokens : of one sampled answer.
    alternatives : tokens asked for with their log-probabilities.

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
    ) -> None:
        self.name = endpoint.llm
        self.model = model
        self._chat = chat
        self.manner = Manner(chat=chat)
        self.scoring = scoring
        self.votes_only = votes_only
        self.max_tokens = max_tokens
        self.alternatives = alternatives
        self.server = Server()
        self._endpoint = endpoint
        self._client: Client | None = None
        self._scorer: Scorer | None = None
        self._ready = False
        self._sampler: Sampler | None = None
        self._has_z = False  # whether log-probabilities were seen
        self._notes: dict[str, str] = {}

    def __repr__(self) -> str:
        return f"OpenAIServer({self.name!r}, model={self.model!r})"

    def fingerprint(self) -> str:
        """Return a hash of model and settings; addresses, time-outs and concurrency are not part of it."""
        settings = ["openai", self.model, self._chat, self.scoring, self.max_tokens, self.alternatives]
        return hashlib.blake2b(json.dumps(settings).encode(), digest_size=16).hexdigest()

    def describe(self) -> Mapping[str, object]:
        """Return what was found out, for the run's manifest: server, version, source of z, notes."""
        return {
            "server": self.server.kind,
            "version": self.server.version,
            "model": self.model,
            "label probabilities": self.rung,
            "notes": self.notes,
        }

    @property
    def notes(self) -> list[str]:
        """What was found out while asking, in sentences."""
        return sorted(self._notes.values())

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
        first = next(waiting, None)
        if first is None:
            return
        self.prepare(first)
        yield self.first(first)
        yield from answer_all(waiting, self.answer, threads=self.parallel)

    def prepare(self, question: Question) -> None:
        """Find out what the server is and choose the rung; a second call does nothing."""
        if self._ready:
            return
        self.server = identify(self.client, self.model)
        self.manner.extra = self.server.extra
        self._scorer = self._choose(question)
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
        """Answer the first question, changing what the server cannot do; what it refuses all the same is final."""
        for _ in range(FIRST_TRIES):
            try:
                return self.answer(question)
            except AnswerRefused as error:
                if not self._adapted(str(error).lower(), question):
                    raise
        return self.answer(question)

    def _adapted(self, said: str, question: Question) -> bool:
        """Change the way of asking if the refusal says what to change."""
        if "system" in said and "role" in said and self.manner.chat and not self.manner.merged:
            self.manner.merged = True
        elif "logprobs" in said and self.alternatives > 5:  # noqa: PLR2004  # what the strictest servers give
            self.alternatives = 5
        elif '"n"' in said or "'n'" in said or "n must be" in said or "best_of" in said:
            if self._drawn.one_by_one:
                return False
            self._drawn.one_by_one = True
        else:
            return False
        self._scorer = self._choose(question)
        return True

    def answer(self, question: Question) -> Answer:
        """Answer one question; a row that fails is an Answer with `problem`."""
        started = time.monotonic()
        cost = Cost()
        z: LabelProbs | None = None
        replies: tuple[str, ...] = ()
        problem = None
        try:
            if question.samples and not self._has_z and isinstance(self._scorer, TopTokens | Letters):
                replies = self._drawn.sample(question, question.samples, cost, look=self.alternatives)
                if not self._drawn.logprobs:
                    self._without_logprobs()
            z = self._z(question, cost)
            samples = question.samples or (SAMPLES_WITHOUT_Z if z is None else 0)
            replies = replies or self._drawn.sample(question, samples, cost)
        except RowFailed as error:
            problem = error.problem
        except AnnotatorError as error:
            error.calls += cost.calls
            raise
        return Answer(
            key=question.key,
            text_id=question.text_id,
            llm=self.name,
            replies=replies if problem is None else (),
            label_logprobs=z.logprobs if z is not None and problem is None else None,
            unseen_mass=z.unseen if z is not None and problem is None else 0.0,
            prompt_tokens=cost.prompt_tokens,
            reply_tokens=cost.reply_tokens,
            seconds=time.monotonic() - started,
            calls=cost.calls,
            problem=problem,
        )

    def _z(self, question: Question, cost: Cost) -> LabelProbs | None:
        scorer = self._scorer
        if scorer is None:
            return None
        try:
            z = scorer.score(question, cost)
        except NoLogprobs:
            if self._has_z:
                raise RowFailed("no log-probabilities in the reply") from None
            self._without_logprobs()
            return None
        self._note_given(scorer)
        return z

    def _without_logprobs(self) -> None:
        if not self.votes_only:
            raise ServerCannot(
                f"{self.name}: the server at {self.client.shown} ({self.server.kind}"
                f"{' ' + self.server.version if self.server.version else ''}) takes the field logprobs and drops it: "
                "it came back empty, so there are no label probabilities.",
                hint=f"{self.server.remedy} Or set votes_only = true for this panel member: "
                "its confidence is then counted from samples.",
            )
        self._scorer = None
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


class OpenAIMember(PanelMember):
    """`[[panel]]` of kind "openai": a model behind one server, or several that serve the same model."""

    kind: Literal["openai"]
    """How it is asked."""
    url: str | None = None
    """Base URL of the server, usually ending in `/v1`."""
    urls: tuple[str, ...] = ()
    """Base URLs of several servers of one model, in place of `url`."""
    model: str = ""
    """The name of the model on the server."""
    api_key_env: Annotated[str | None, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=80)] = None
    """Name of the environment variable that holds the key (never the key itself)."""
    prompt: PromptForm = "chat"
    """`plain`: a base model that continues a text instead of answering."""
    votes_only: Annotated[bool, Field(strict=True)] = False
    """Without label probabilities, let samples stand in."""
    timeout: Annotated[Cap, Field(gt=0)] = 60.0
    """Seconds before a request is tried again."""
    concurrency: Annotated[Number, Field(le=1000)] = 8
    """Requests at the same time."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.url is not None and self.urls:
            raise ValueError("give url (one server) or urls (several that serve the same model), not both")
        lacking = [key for key, value in (("url", self.addresses), ("model", self.model)) if not value]
        if lacking:
            raise ValueError(f'kind "openai" needs {" and ".join(lacking)}')
        return self

    @property
    def addresses(self) -> tuple[str, ...]:
        """The servers' base URLs."""
        return self.urls or ((self.url,) if self.url else ())

    def open(self) -> OpenAIServer:
        """Return the annotator these settings describe."""
        return OpenAIServer(
            Endpoint(
                llm=self.name,
                urls=self.addresses,
                api_key_env=self.api_key_env,
                timeout=self.timeout,
                concurrency=self.concurrency,
            ),
            model=self.model,
            chat=self.prompt == "chat",
            votes_only=self.votes_only,
            max_tokens=self.max_tokens,
        )

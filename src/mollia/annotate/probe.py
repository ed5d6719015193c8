"""What an LLM's server can do, found out with a handful of calls before the paid run."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Protocol

import numpy as np

from mollia.annotate.dialects import LLAMA_CPP, Manner, Server, choices, positions_of
from mollia.annotate.failures import RowFailed
from mollia.annotate.retry import Client, Cost, Json
from mollia.annotate.scoring import VOTES
from mollia.annotate.tokens import BYTE_LEVEL, DECODED
from mollia.errors import AnnotatorError, did_you_mean
from mollia.records import UNKNOWN, Answer, Probe, Question

BEFORE, AFTER = "before", "after"
SAME = 0.01  # label probabilities closer than this are the same
COLD, STRICT = 0.2, 0.05  # a temperature and top_p under which masked log-probabilities look different


class Asked(Protocol):
    """What a probe needs to know of a client, which asks one model behind a server."""

    name: str
    model: str
    max_tokens: int
    alternatives: int
    manner: Manner
    server: Server

    @property
    def client(self) -> Client:
        """The open HTTP client."""
        ...

    @property
    def rung(self) -> str:
        """Where label probabilities come from."""
        ...

    @property
    def notes(self) -> Sequence[str]:
        """What was found out while asking."""
        ...

    def prepare(self, question: Question) -> None:
        """Find out what the server is."""
        ...

    def first(self, question: Question) -> Answer:
        """Answer the first question."""
        ...

    def answer(self, question: Question) -> Answer:
        """Answer a question."""
        ...


def probe(annotator: Asked, questions: Sequence[Question]) -> Probe:
    """Ask the server about itself and put up to two questions to it; costs about six calls.

    An LLM that cannot be asked is a Probe with `problem`, never an exception.
    """
    found = Probe(llm=annotator.name)
    try:
        found = replace(found, address=annotator.client.shown)
        annotator.prepare(questions[0])
        server = annotator.server
        found = replace(
            found, reachable=True, server=server.kind, version=server.version, context=server.context
        )
        return _asked(annotator, questions, found)
    except AnnotatorError as error:
        hint = error.hint
        if annotator.server.models and annotator.model not in annotator.server.models:
            hint = f"It serves: {', '.join(annotator.server.models[:8])}.{did_you_mean(annotator.model, annotator.server.models)}"
        return replace(found, problem=str(error.args[0]), hint=hint)
    except RowFailed as failed:
        return replace(found, problem=f"{annotator.name}: {failed.problem}.")


def _asked(annotator: Asked, questions: Sequence[Question], found: Probe) -> Probe:
    first, second = [*questions, *questions][:2]
    scored = replace(first, samples=0)
    answer = annotator.first(scored)
    if answer.problem is not None:
        raise RowFailed(*answer.problem.split(": ", 1))
    started = time.monotonic()
    again = annotator.answer(scored)
    other = annotator.answer(replace(second, samples=0))
    seconds = (time.monotonic() - started) / 2
    repeatable = same_masses(answer, again)
    notes = list(annotator.notes)
    if repeatable is False:
        notes.append(
            "The same question got other probabilities the second time: what the server reads beside it changes them."
        )
    reuse = _reuses(annotator, answer.prompt_tokens, other.prompt_tokens)
    if reuse is False:
        notes.append(
            "The shared prompt is read again for every text. "
            + (
                "Start llama-server with --swa-full."
                if found.server == LLAMA_CPP
                else "Switch prefix caching on."
            )
        )
    generated = Cost()
    started = time.monotonic()
    reply = _free(annotator, first, generated, temperature=1.0, top_p=1.0)
    rate = generated.reply_tokens / max(time.monotonic() - started, 1e-9)
    positions = positions_of(choices(reply)[0])
    masks = UNKNOWN
    if positions is not None:
        cold = positions_of(choices(_free(annotator, first, Cost(), temperature=COLD, top_p=STRICT))[0])
        masks = _masks(positions[0].top, cold[0].top if cold else {})
    if masks == AFTER:
        notes.append("Log-probabilities come after temperature and top_p; scoring asks with both at 1.")
    return replace(
        found,
        label_probabilities=annotator.rung,
        alternatives=len(positions[0].top) if positions else 0,
        masks=masks,
        token_form=BYTE_LEVEL if _byte_level(reply) else DECODED,
        repeatable=repeatable,
        reads_shared_prompt_once=reuse,
        tokens_per_second=rate if generated.reply_tokens else None,
        seconds_per_text=seconds,
        notes=tuple(notes),
    )


def same_masses(first: Answer, again: Answer) -> bool | None:
    """Tell whether a question asked twice got the same label probabilities; None where it got none."""
    if first.label_logprobs is None or again.label_logprobs is None:
        return None
    z, z_again = np.exp(first.label_logprobs), np.exp(again.label_logprobs)
    return bool(np.allclose(z, z_again, atol=SAME, rtol=0, equal_nan=True))


def _free(annotator: Asked, question: Question, cost: Cost, *, temperature: float, top_p: float) -> Json:
    """Ask with log-probabilities as an OpenAI client would."""
    manner = annotator.manner
    body: Json = {
        "model": annotator.model,
        "max_tokens": annotator.max_tokens,
        "temperature": temperature,
        "top_p": top_p,
    }
    body |= manner.body(question.prompt) | manner.listing(
        0 if annotator.rung == VOTES else annotator.alternatives
    )
    reply = annotator.client.post(manner.path, body, cost)
    cost.add_usage(reply)
    return reply


def _masks(warm: Any, cold: Any) -> str:  # noqa: ANN401  # log-probabilities by text
    common = [token for token in warm if token in cold]
    if not common or len(warm) < 2:  # noqa: PLR2004  # one token says nothing
        return UNKNOWN
    same = all(abs(warm[token] - cold[token]) < 0.05 for token in common)  # noqa: PLR2004  # servers round
    return BEFORE if same and len(common) > 1 else AFTER


def _byte_level(reply: Json) -> bool:
    given = choices(reply)[0].get("logprobs") or {}
    entries = given.get("content") if isinstance(given, dict) else None
    tokens = [str(top.get("token")) for entry in entries or [] for top in entry.get("top_logprobs") or []]
    return any(token.startswith(("\u0120", "\u010a")) for token in tokens)


def _reuses(annotator: Asked, first: int, second: int) -> bool | None:
    """Tell from llama.cpp's counts of tokens really read whether the second text cost less than the first."""
    if annotator.server.kind != LLAMA_CPP or not first:
        return None
    return second < first / 2 or first < 32  # noqa: PLR2004  # another run had it read before

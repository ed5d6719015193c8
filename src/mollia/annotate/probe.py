"""What an LLM's server can do, found out with a handful of calls before the paid run."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Protocol

import numpy as np

from mollia.annotate.course import is_usable, remedy
from mollia.annotate.dialects import LLAMA_CPP, Manner, Server, Wanted
from mollia.annotate.failures import RowFailed
from mollia.annotate.retry import Client, Cost, Json
from mollia.annotate.scoring import VOTES
from mollia.annotate.server_reply import Said, choices, only
from mollia.annotate.tokens import BYTE_LEVEL, DECODED
from mollia.errors import AnnotatorError, did_you_mean
from mollia.records import UNKNOWN, Answer, Probe, Question
from mollia.replies.parse import parse_reply

BEFORE, AFTER = "before", "after"
SAME = 0.01  # label probabilities closer than this are the same
COLD, STRICT = 0.2, 0.05  # a temperature and top_p under which masked log-probabilities look different


class Asked(Protocol):
    """What a probe needs to know of a client, which asks one model behind a server."""

    name: str
    model: str
    max_tokens: int
    alternatives: int
    votes_only: bool
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

    def annotate(self, questions: Iterable[Question], /) -> Iterator[Answer]:
        """Answer questions as a run does."""
        ...

    def answer(self, question: Question) -> Answer:
        """Answer a question."""
        ...


def probe(annotator: Asked, questions: Sequence[Question], *, here: bool = False) -> Probe:
    """Ask the server about itself and put up to two questions to it, as a run does; costs about seven calls.

    An LLM that cannot be asked, or names no class, is a Probe with `problem`, never an exception.
    `here`: the server runs in this process.
    """
    found = Probe(llm=annotator.name)
    try:
        found = replace(found, address=annotator.client.shown)
        annotator.prepare(questions[0])
        server = annotator.server
        found = replace(
            found, reachable=True, server=server.kind, version=server.version, context=server.context
        )
        return _asked(annotator, questions, found, here=here)
    except AnnotatorError as error:
        hint = error.hint
        if annotator.server.models and annotator.model not in annotator.server.models:
            hint = f"It serves: {', '.join(annotator.server.models[:8])}.{did_you_mean(annotator.model, annotator.server.models)}"
        return replace(found, problem=str(error.args[0]), hint=hint)
    except RowFailed as failed:
        return replace(found, problem=f"{annotator.name}: {failed.problem}.")


def _asked(annotator: Asked, questions: Sequence[Question], found: Probe, *, here: bool) -> Probe:
    first, second = [*questions, *questions][:2]
    answers = list(annotator.annotate(questions[:2]))
    if problem := _what_is_wrong(annotator, answers, first):
        return replace(found, problem=f"{annotator.name}: {problem[0]}.", hint=problem[1])
    scored = replace(first, samples=0)
    answer = annotator.answer(scored)
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
                if found.server == LLAMA_CPP and not here
                else "llama.cpp cannot keep it for this model."
                if here
                else "Switch prefix caching on."
            )
        )
    generated = Cost()
    started = time.monotonic()
    reply, free = _free(annotator, first, generated, temperature=1.0, top_p=1.0)
    rate = generated.reply_tokens / max(time.monotonic() - started, 1e-9)
    positions = free.positions
    masks = UNKNOWN
    if positions is not None:
        cold = _free(annotator, first, Cost(), temperature=COLD, top_p=STRICT)[1].positions
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


def _what_is_wrong(annotator: Asked, answers: Sequence[Answer], question: Question) -> tuple[str, str] | None:
    """Return problem and remedy unless a reply named a class."""
    if any(is_usable(answer, question.classes) for answer in answers):
        return None
    failed = next((answer.problem for answer in answers if answer.problem is not None), None)
    if failed is not None:
        return failed, remedy(failed, annotator.max_tokens)
    replies = [reply for answer in answers for reply in answer.replies]
    if not replies:
        said = _free(annotator, question, Cost(), temperature=1.0, top_p=1.0)[1].text
        replies = [said]
    reason = parse_reply(replies[0], question.classes).reason or "no mass on any class"
    if "<think" in replies[0].lower():
        reason = "cut"
    return f"no reply named a class ({reason}): {replies[0].strip()[:80]!r}", remedy(
        reason, annotator.max_tokens
    )


def _free(
    annotator: Asked, question: Question, cost: Cost, *, temperature: float, top_p: float
) -> tuple[Json, Said]:
    """Ask with log-probabilities as an OpenAI client would."""
    manner = annotator.manner
    wanted = Wanted(
        max_tokens=annotator.max_tokens,
        temperature=temperature,
        top_p=top_p,
        alternatives=0 if annotator.rung == VOTES else annotator.alternatives,
    )
    reply = annotator.client.post(manner.path, manner.request(annotator.model, question.prompt, wanted), cost)
    cost.add_usage(reply)
    return reply, only(reply)


def _masks(warm: Any, cold: Any) -> str:  # noqa: ANN401  # log-probabilities by text
    common = [token for token in warm if token in cold]
    if not common or len(warm) < 2:  # noqa: PLR2004  # one token says nothing
        return UNKNOWN
    same = all(abs(warm[token] - cold[token]) < 0.05 for token in common)  # noqa: PLR2004  # servers round
    return BEFORE if same and len(common) > 1 else AFTER


def _byte_level(reply: Json) -> bool:
    return any(
        f'"token": "{sign}' in json.dumps(choices(reply)[0], ensure_ascii=False)
        for sign in ("\u0120", "\u010a")
    )


def _reuses(annotator: Asked, first: int, second: int) -> bool | None:
    """Tell from llama.cpp's counts of tokens really read whether the second text cost less than the first."""
    if annotator.server.kind != LLAMA_CPP or not first:
        return None
    return second < first / 2 or first < 32  # noqa: PLR2004  # another run had it read before

"""What language models in this process share, whatever library reads them: tokens, label probabilities, a probe."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from jinja2 import TemplateError

from mollia.annotate.dialects import messages, plain
from mollia.annotate.label_probs import NextTokens, Tokens, from_sequences
from mollia.annotate.probe import same_masses
from mollia.annotate.retry import Cost
from mollia.annotate.scoring import NAMED, spellings
from mollia.errors import AnnotatorError, MissingExtra
from mollia.protocols import Annotator
from mollia.records import Answer, Probe, Prompt, Question

WEIGHTS = ("*.safetensors", "*.bin", "config.json", "tokenizer.json")


class Model(Protocol):
    """A loaded model."""

    tokens: ModelTokens
    limit: int | None  # tokens that it reads

    def next(self, tokens: Sequence[int], cost: Cost, /) -> NextTokens:
        """Return the log-probabilities of the token after these."""
        ...

    def sampled(self, question: Question, prompt: Sequence[int], cost: Cost, /) -> tuple[str, ...]:
        """Return as many replies as the question asks for."""
        ...


class ModelTokens:
    """Prompts and labels as a transformers tokenizer writes them; `chat` only where it has a template for chats."""

    def __init__(self, tokenizer: Any, *, chat: bool) -> None:  # noqa: ANN401  # transformers ships no types
        self._tokenizer = tokenizer
        self.chat = chat and bool(tokenizer.chat_template)
        self._turn = threading.Lock()  # a tokenizer is not made for several threads
        self._labels: dict[tuple[tuple[str, ...], ...], list[tuple[int, Tokens]]] = {}

    def prompt(self, prompt: Prompt) -> list[int]:
        """Return the tokens that the model reads before it answers."""
        with self._turn:
            if not self.chat:
                return [int(token) for token in self._tokenizer.encode(plain(prompt))]
            try:
                text = self._templated(prompt, merged=False)
            except TemplateError:  # it has no place for a system prompt
                text = self._templated(prompt, merged=True)
            return self._encoded(text)

    def labels(self, classes: tuple[tuple[str, ...], ...]) -> list[tuple[int, Tokens]]:
        """Return every way a label is likely to be begun, with its class's number."""
        with self._turn:
            if classes not in self._labels:
                found: dict[Tokens, int] = {}
                for number, names in enumerate(classes):
                    for form in (form for name in names for form in spellings(name, chat=self.chat)):
                        found.setdefault(tuple(self._encoded(form)), number)
                self._labels[classes] = [(number, tokens) for tokens, number in found.items()]
            return self._labels[classes]

    def _encoded(self, text: str) -> list[int]:
        return [int(token) for token in self._tokenizer.encode(text, add_special_tokens=False)]

    def _templated(self, prompt: Prompt, *, merged: bool) -> str:
        said = messages(prompt, merged=merged)
        return str(self._tokenizer.apply_chat_template(said, tokenize=False, add_generation_prompt=True))


def answered(model: Model, question: Question, *, llm: str, max_tokens: int) -> Answer:
    """Score a question's labels as tokens on a trie, and draw its replies; a text that does not fit is an Answer with `problem`."""
    started = time.monotonic()
    cost = Cost(calls=1)
    prompt = model.tokens.prompt(question.prompt)
    labels = model.tokens.labels(question.classes)
    if model.limit is not None and len(prompt) + max(max_tokens, *(len(t) for _, t in labels)) > model.limit:
        problem = f"text too long: {len(prompt)} tokens, the model reads {model.limit}"
        return Answer(key=question.key, text_id=question.text_id, llm=llm, problem=problem)
    z = from_sequences(labels, len(question.classes), lambda prefix: model.next([*prompt, *prefix], cost))
    replies = model.sampled(question, prompt, cost) if question.samples else ()
    return Answer(
        key=question.key,
        text_id=question.text_id,
        llm=llm,
        replies=replies,
        label_logprobs=z.logprobs,
        unseen_mass=z.unseen,
        prompt_tokens=cost.prompt_tokens,
        reply_tokens=cost.reply_tokens,
        seconds=time.monotonic() - started,
        calls=cost.calls,
    )


def fingerprint(kind: str, model: str, *settings: object) -> str:
    """Return a hash of a model (a folder's file sizes and times) and of the settings that can change its answers."""
    content = [kind, model, _stamps(model), *settings]
    return hashlib.blake2b(json.dumps(content).encode(), digest_size=16).hexdigest()


def described(server: str, model: str) -> Mapping[str, object]:
    """Return what a run's manifest should say."""
    return {"server": server, "model": model, "label probabilities": NAMED}


def _stamps(model: str) -> list[list[object]]:
    """Return sizes and times of a folder's files that decide what the model says; none for a name."""
    folder = Path(model)
    files = sorted(file for pattern in WEIGHTS for file in folder.glob(pattern)) if folder.is_dir() else []
    return [[file.name, file.stat().st_size, file.stat().st_mtime_ns] for file in files]


def probed(
    annotator: Annotator,
    questions: Sequence[Question],
    *,
    address: str,
    server: str,
    limit: Callable[[], int | None],
) -> Probe:
    """Put up to two questions to a model, the first one twice; `limit` is asked when it is loaded."""
    found = Probe(llm=annotator.name, address=address)
    try:
        started = time.monotonic()
        asked = [replace(each, samples=0) for each in [questions[0], *questions[:2]]]
        (first,) = annotator.annotate(asked[:1])
        others = [answer for each in asked[1:] for answer in annotator.annotate([each])]
    except (MissingExtra, AnnotatorError) as error:
        return replace(found, problem=str(error.args[0]), hint=error.hint)
    seconds = (time.monotonic() - started) / len(asked)
    found = replace(
        found,
        reachable=True,
        server=server,
        context=limit(),
        label_probabilities=NAMED,
        seconds_per_text=seconds,
    )
    if first.problem is not None:
        return replace(found, problem=f"{annotator.name}: {first.problem}.")
    return replace(found, repeatable=same_masses(first, others[0]))

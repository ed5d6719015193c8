"""What a data set of any size takes, scaled from the texts of a task: asking, storage, network and the machine's own work.

With n texts, N LLMs asked, K classes, and per text and LLM the calls c, tokens and seconds s that `forecast` states:

    hours of asking an LLM   n s / (3600 p), p requests at a time; h hours in a week need h / 168 servers like it
    ledger                   n N ANSWER bytes, one writer, WRITTEN answers a second
    answers in memory        2 n N K * 4 bytes (label probabilities and votes, float32) + 20 n N (where the ledger has them)
    network                  n c (PROMPT + ENVELOPE + image) bytes out, n c REPLY bytes in
    fusing, student          n / FUSED and n / PREDICTED seconds

The constants below are rounded from what `mollia bench scale` and `scale-run` measured on two cores (docs/scale.md).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from mollia.asking.forecast import Forecast

ANSWER = 300  # bytes that an answer takes in the ledger
INDEXED = 20  # bytes of memory by which it is found there
REPLY = 3_000  # bytes of a server's reply with the probabilities of twenty tokens
ENVELOPE = 500  # bytes of a request beside its prompt
TOKEN = 4  # bytes of a prompt per token
LABELS = 120  # bytes of a row of labels.csv beside its text
WRITTEN = 15_000  # answers a second into the ledger
FUSED = 10_000  # texts a second on two cores
PREDICTED = 20_000  # short texts a second on two cores
WEEK = 168.0  # hours
SAMPLE = 50_000  # texts that teach a student instead of asking about all


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One kind of work: `hours` on one machine or server (NaN = not measured), and what it is done by."""

    name: str
    hours: float
    asking: bool = False

    @property
    def servers(self) -> int:
        """Servers that do it in a week."""
        return 0 if math.isnan(self.hours) else max(1, math.ceil(self.hours / WEEK))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Asking about some `texts` alone, all LLMs side by side, and a student for the rest, in hours."""

    texts: int
    asking: float
    student: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizing:
    """What `rows` texts take. Bytes of storage by what they are; `sent` and `received` are bytes over the network."""

    rows: int
    work: tuple[Work, ...]
    storage: dict[str, float]
    sent: float
    received: float
    sample: Sample | None  # None where so few texts are planned for that all may be asked

    @property
    def slowest(self) -> Work | None:
        """The work that takes longest on one machine; None where nothing was measured."""
        measured = [each for each in self.work if not math.isnan(each.hours)]
        return max(measured, key=lambda each: each.hours, default=None)

    @property
    def next_slowest(self) -> Work | None:
        """What takes longest once every LLM has servers enough for a week."""
        own = [each for each in self.work if not each.asking]
        return max(own, key=lambda each: each.hours, default=None)


def size_up(forecasts: Sequence[Forecast], *, rows: int, text_bytes: float, n_classes: int) -> Sizing:
    """Return what `rows` texts take by forecasts for that many; `text_bytes` is a text's mean size."""
    asked = [each for each in forecasts if each.rows]
    answers = rows * len(asked)
    calls = sum(each.calls for each in asked)
    prompt_bytes = TOKEN * sum(each.prompt_tokens for each in asked)
    work = [Work(name=f"asking {each.llm}", hours=each.seconds / 3600, asking=True) for each in asked]
    return Sizing(
        rows=rows,
        work=(
            *work,
            Work(name="writing the ledger", hours=answers / WRITTEN / 3600),
            Work(name="fusing", hours=rows / FUSED / 3600),
            Work(name="a student's labels", hours=rows / PREDICTED / 3600),
        ),
        storage={
            "texts": rows * text_bytes,
            "ledger": float(answers * ANSWER),
            "answers in memory": 2.0 * rows * len(forecasts) * n_classes * 4 + INDEXED * answers,
            "labels.csv": rows * (text_bytes + LABELS),
        },
        sent=prompt_bytes + calls * ENVELOPE + sum(each.calls * each.image_bytes for each in asked),
        received=calls * REPLY,
        sample=_sample(work, rows) if rows > SAMPLE and work else None,
    )


def _sample(asking: Sequence[Work], rows: int) -> Sample:
    return Sample(
        texts=SAMPLE,
        asking=max(each.hours for each in asking) * SAMPLE / rows,
        student=(rows - SAMPLE) / PREDICTED / 3600,
    )

"""A healthy server for three classes, whose answer depends on the text: what the faults are put into."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from mollia_benchmarks.loopback import Json, Reply, Request

CLASSES = ("Refund", "Delivery", "Other")
CLASS_TABLES = "".join(f'[[classes]]\nname = "{name}"\n' for name in CLASSES)  # of a task file
_TEXTS = (
    ("I want my money back for order {}", "Refund"),
    ("parcel {} has not arrived yet", "Delivery"),
    ("hello just saying hi for the {}th time", "Other"),
)


def text_of(row: int) -> str:
    """Return the text of a row."""
    return _TEXTS[row % len(_TEXTS)][0].format(row)


def truth(row: int) -> str:
    """Return the class that a healthy server names for a row."""
    return _TEXTS[row % len(_TEXTS)][1]


def row_of(request: Request) -> int:
    """Return the row that a request asks about, -1 = about none."""
    content = str(
        (request.body.get("messages") or [{"content": request.body.get("prompt", "")}])[-1]["content"]
    )
    digits = "".join(sign for sign in content.rpartition("Text:")[2] if sign.isdigit())
    return int(digits) if digits else -1


def models() -> Reply:
    """Return the list of models."""
    return Reply(body={"object": "list", "data": [{"id": "m", "object": "model", "owned_by": "x"}]})


def choice(request: Request, content: Any, **more: Any) -> Json:  # noqa: ANN401  # any JSON value
    """Return a choice with log-probabilities where they are asked for."""
    label = truth(row_of(request))
    logprobs = {"content": [entry(label)]} if request.body.get("logprobs") else None
    return {
        "index": 0,
        "message": {"role": "assistant", "content": content},
        "logprobs": logprobs,
        "finish_reason": "stop",
    } | more


def entry(label: str) -> Json:
    """Return the first position of a reply that names a label with probability .8."""
    top = [
        {"token": name[:3], "logprob": math.log(0.8 if name == label else 0.1), "bytes": None}
        for name in CLASSES
    ]
    return {"token": label[:3], "logprob": math.log(0.8), "bytes": None, "top_logprobs": top}


def completion(request: Request, found: Sequence[Any], /, **more: Any) -> Reply:  # noqa: ANN401  # the same
    """Return a reply with choices, as many as asked for where one is given."""
    number = request.body.get("n", 1) if len(found) == 1 else 1
    body = {
        "id": "c",
        "object": "chat.completion",
        "model": "m",
        "choices": [*found] * number,
        "usage": {"prompt_tokens": 50, "completion_tokens": 2},
    }
    return Reply(body=body | more)


def healthy(request: Request) -> Reply:
    """Answer as a server without a fault."""
    if request.method == "GET":
        return (
            models() if request.path.endswith("/models") else Reply(status=404, body={"error": "not found"})
        )
    if not request.path.endswith("/chat/completions"):
        return Reply(status=404, body={"error": {"message": "no such path"}})
    return completion(request, [choice(request, truth(row_of(request)))])

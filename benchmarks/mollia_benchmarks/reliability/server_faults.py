"""Faults of servers, each a handler on a real HTTP server; some hit every sixth row, some every request."""

from __future__ import annotations

import gzip
import json
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from mollia_benchmarks.loopback import Handler, Reply, Request
from mollia_benchmarks.reliability.healthy import choice, completion, entry, healthy, row_of, truth

EVERY = 6
SEVERAL_TIMES = 10**9
Answer = Callable[[Request], Reply]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault; `handler` makes a new server of it, `member` are lines of the task's panel member."""

    name: str
    handler: Callable[[], Handler]
    member: str = ""
    stops: bool = False  # whether the LLM cannot be asked on, so that rows stay unasked


def hit(request: Request) -> bool:
    """Tell whether a request is about a row that the fault hits."""
    return request.method == "POST" and row_of(request) % EVERY == 0


def on_some(answer: Answer, *, times: int = SEVERAL_TIMES) -> Callable[[], Handler]:
    """Return a fault of every sixth row, for the first `times` requests about each."""

    def make() -> Handler:
        seen: Counter[int] = Counter()
        counting = threading.Lock()

        def handler(request: Request) -> Reply:
            if not hit(request):
                return healthy(request)
            with counting:
                seen[row_of(request)] += 1
                number = seen[row_of(request)]
            return answer(request) if number <= times else healthy(request)

        return handler

    return make


def on_all(answer: Callable[[Request], Reply | None], *, after: int = 0) -> Callable[[], Handler]:
    """Return a fault of every request after some; None answers as a healthy server."""

    def make() -> Handler:
        posts = Counter[str]()
        counting = threading.Lock()

        def handler(request: Request) -> Reply:
            with counting:
                posts["all"] += request.method == "POST"
                healthy_still = posts["all"] <= after and (after > 0)
            return healthy(request) if healthy_still else answer(request) or healthy(request)

        return handler

    return make


def status(code: int, body: Any = None, **more: Any) -> Answer:  # noqa: ANN401  # any JSON value
    """Return an answer of a status."""
    return lambda _request: Reply(status=code, body=body if body is not None else {"error": "boom"}, **more)


def said(content: Any, **more: Any) -> Answer:  # noqa: ANN401  # the same
    """Return an answer whose content is given; `{}` in it stands for the row's label."""

    def answer(request: Request) -> Reply:
        filled = json.loads(json.dumps(content).replace("{}", truth(row_of(request))))
        return completion(request, [choice(request, filled, **({"logprobs": None} | more))])

    return answer


def raw(body: bytes, **headers: str) -> Answer:
    """Return an answer with a body as it is."""
    return lambda _request: Reply(
        body=body, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )


def logprobs(change: Callable[[dict[str, Any]], Any]) -> Answer:
    """Return an answer that says nothing useful and whose log-probabilities are changed: they name no class."""

    def answer(request: Request) -> Reply:
        wrong = "Other" if truth(row_of(request)) != "Other" else "Refund"
        changed = change(entry(wrong))
        given = changed if isinstance(changed, dict) and "content" in changed else {"content": [changed]}
        return completion(request, [choice(request, "hm", logprobs=given)])

    return answer


def _top(value: Any) -> Callable[[dict[str, Any]], Any]:  # noqa: ANN401  # the same
    return lambda made: made | {"top_logprobs": [each | {"logprob": value} for each in made["top_logprobs"]]}


def _error(said_: str, code: Any = None, **more: Any) -> dict[str, Any]:  # noqa: ANN401  # the same
    return {"error": {"message": said_, "code": code, **more}}


def refusing(name: str, code: int, body: Any, **when: Any) -> Answer:  # noqa: ANN401  # the same
    """Return an answer that refuses requests that hold a field (with the values in `when` allowed)."""

    def answer(request: Request) -> Reply | None:
        held = name in request.body and request.body[name] not in when.get("allowed", ())
        return Reply(status=code, body=body) if request.method == "POST" and held else None

    return answer  # type: ignore[return-value]


def _system(code: int, words: str) -> Callable[[Request], Reply | None]:
    def answer(request: Request) -> Reply | None:
        first = (request.body.get("messages") or [{"role": ""}])[0]
        return Reply(status=code, body=_error(words)) if first["role"] == "system" else None

    return answer


def _listed(data: Any) -> Callable[[], Handler]:  # noqa: ANN401  # the same
    """Return a server whose list of models has another shape."""
    return on_all(lambda request: Reply(body=data) if request.path.endswith("/models") else None)


def _posts(answer: Answer) -> Callable[[Request], Reply | None]:
    return lambda request: answer(request) if request.method == "POST" else None


VOTES = "votes_only = true\nsamples = 3"
LATER = format_datetime(datetime.now(UTC) + timedelta(seconds=1), usegmt=True)
STREAM = b'data: {"choices": [{"delta": {"content": "Other"}}]}\n\ndata: [DONE]\n\n'
PAGE = b"<!doctype html><html><body>Other, Refund and Delivery</body></html>"
BAD_GATEWAY = b"<html><head><title>502 Bad Gateway</title></head></html>"

_STATUSES: Mapping[str, Callable[[], Handler]] = {
    "HTTP 500": on_some(status(500)),
    "HTTP 500 once": on_some(status(500), times=1),
    "HTTP 502 with a web page": on_some(lambda _r: Reply(status=502, body=BAD_GATEWAY)),
    "HTTP 503 once, Retry-After": on_some(status(503, headers={"Retry-After": "0"}), times=1),
    "HTTP 504": on_some(status(504)),
    "HTTP 529 overloaded": on_some(status(529, _error("overloaded"))),
    "HTTP 408 once": on_some(status(408), times=1),
    "HTTP 409 once": on_some(status(409), times=1),
    "HTTP 425 once": on_some(status(425), times=1),
    "HTTP 429 once, Retry-After": on_some(status(429, headers={"Retry-After": "0.1"}), times=1),
    "HTTP 429 once, Retry-After a date": on_some(status(429, headers={"Retry-After": LATER}), times=1),
    "HTTP 429 once, the wait in words": on_some(status(429, _error("Please try again in 0.2s.")), times=1),
    "HTTP 429 once, Retry-After no number": on_some(status(429, headers={"Retry-After": "nan"}), times=1),
    "HTTP 400, content risk": on_some(status(400, _error("Content Exists Risk"))),
    "HTTP 400, inspection": on_some(status(400, _error("Input may be inappropriate", "data_inspection_failed"))),
    "HTTP 403, moderation": on_some(status(403, _error("Your input was flagged.", 403))),
    "HTTP 400, usage policy": on_some(status(400, _error("flagged as violating our usage policy", "invalid_prompt"))),
    "HTTP 400, unknown words": on_some(status(400, _error("Komische Anfrage"))),
    "HTTP 422, a list of details": on_some(status(422, {"detail": [{"loc": ["body"], "msg": "no"}]})),
    "HTTP 418": on_some(status(418)),
    "HTTP 451": on_some(status(451, b"not here")),
    "HTTP 413": on_some(status(413, b"")),
    "HTTP 400, reduce the length": on_some(status(400, _error("Please reduce the length of the messages."))),
    "HTTP 422, max_new_tokens": on_some(status(422, {"error": "`inputs` tokens + `max_new_tokens` must be <= 4096"})),
    "HTTP 400, an array": on_some(status(400, [_error("The input token count exceeds the maximum.", 400)])),
    "HTTP 400, code and error as texts": on_some(status(400, {"code": "bad", "error": "maximum prompt length is 4"})),
    "HTTP 500, context size": on_some(status(500, _error("the request exceeds the available context size", 500))),
    "HTTP 404 on some rows": on_some(status(404)),
}  # fmt: skip
_REPLIES: Mapping[str, Callable[[], Handler]] = {
    "error in 200, an object": on_some(lambda _r: Reply(body=_error("Provider returned error", 502))),
    "error in 200, a text": on_some(lambda _r: Reply(body={"error": "upstream gone"})),
    "error in 200, in the choice": on_some(
        lambda _r: Reply(body={"choices": [{"error": {"code": 502, "message": "gone"}, "message": {"content": "Other"}}]})
    ),
    "error in 200 once": on_some(lambda _r: Reply(body=_error("try later", 502)), times=1),
    "no choices": on_some(lambda _r: Reply(body={"object": "chat.completion"})),
    "choices empty": on_some(lambda r: completion(r, [])),
    "choices null": on_some(lambda r: completion(r, [], choices=None)),
    "choices are texts": on_some(lambda r: completion(r, ["Other"])),
    "choices an object": on_some(lambda r: completion(r, [], choices={"0": {"message": {"content": "Other"}}})),
    "message null": on_some(lambda r: completion(r, [{"index": 0, "message": None}])),
    "message a number": on_some(lambda r: completion(r, [{"index": 0, "message": 7, "logprobs": 3}])),
    "content filtered": on_some(said(None, finish_reason="content_filter")),
    "content empty": on_some(said("")),
    "content a number": on_some(said(42)),
    "content in parts": on_some(said([{"type": "text", "text": "{}"}])),
    "content in parts, thoughts first": on_some(
        said([{"type": "thinking", "thinking": [{"type": "text", "text": "Other?"}]}, {"type": "text", "text": "{}"}])
    ),
    "a function called": on_some(
        lambda r: completion(
            r,
            [choice(r, None, logprobs=None, message={"content": None, "tool_calls": [
                {"function": {"name": "f", "arguments": json.dumps({"label": truth(row_of(r))})}}]})],
        )
    ),
    "refusal in its own field": on_some(
        lambda r: completion(r, [choice(r, None, logprobs=None, message={"content": None, "refusal": "I can't help with Other."})])
    ),
    "refusal that names a class": on_some(said("I'm sorry, but I can't help with Other.")),
    "thoughts use the tokens up": on_some(said(None, finish_reason="length")),
    "reply cut": on_some(said("The label that fits best is", finish_reason="length")),
    "thoughts only closed": on_some(said("Other or Refund?\n</think>\n\n{}")),
    "second choice named": on_some(said("Label: {}\nSecond choice: Other")),
    "two labels": on_some(said("Refund; Other")),
    "usage of texts and negative": on_some(
        lambda r: completion(r, [choice(r, truth(row_of(r)))], usage={"prompt_tokens": "5", "completion_tokens": -3})
    ),
    "another model's name": on_some(lambda r: completion(r, [choice(r, truth(row_of(r)))], model="m-2024")),
    "web page": on_some(raw(PAGE, content_type="text/html")),
    "invalid JSON": on_some(raw(b"{'no': json")),
    "invalid JSON once": on_some(raw(b"{"), times=1),
    "empty body": on_some(raw(b"")),
    "an array": on_some(raw(b"[1, 2]")),
    "deep JSON": on_some(raw(b"[" * 50_000)),
    "deep objects": on_some(raw(b'{"choices":' * 20_000)),
    "a number of 6,000 digits": on_some(raw(b'{"choices": ' + b"9" * 6_000 + b"}")),
    "wrong Unicode": on_some(raw(b'{"choices": [{"message": {"content": "\xff\xfe \\ud800"}}]}')),
    "packed": on_some(lambda r: _packed(healthy(r))),
    "packed and damaged": on_some(raw(b"\x1f\x8b\x08garbage", content_encoding="gzip")),
    "packed in an unknown way": on_some(raw(b"xxx", content_encoding="br")),
    "packed, 40 MB unpacked": on_some(raw(gzip.compress(b" " * 40_000_000), content_encoding="gzip")),
    "event stream": on_some(raw(STREAM, content_type="text/event-stream")),
    "connection cut in the body": on_some(lambda r: Reply(body=healthy(r).body, cut=30)),
    "connection cut once": on_some(lambda r: Reply(body=healthy(r).body, cut=0), times=1),
    "no reply": on_some(lambda r: Reply(body=healthy(r).body, delay=30.0)),
    "a byte every 0.3 s": on_some(lambda r: Reply(body=healthy(r).body, drip=0.3)),
    "redirected": on_some(status(307, headers={"Location": "http://127.0.0.1:9/elsewhere"})),
}  # fmt: skip
_LOGPROBS: Mapping[str, Callable[[], Handler]] = {
    "log-probabilities positive": on_some(logprobs(_top(3.0))),
    "log-probabilities Infinity": on_some(logprobs(_top(float("inf")))),
    "log-probabilities NaN": on_some(logprobs(_top(float("nan")))),
    "log-probabilities true": on_some(logprobs(_top(value=True))),
    "log-probabilities texts": on_some(logprobs(_top("-0.1"))),
    "log-probabilities null": on_some(logprobs(_top(None))),
    "log-probabilities huge": on_some(logprobs(_top(1e308))),
    "log-probabilities of 400 digits": on_some(logprobs(_top(10**400))),
    "log-probabilities lists": on_some(logprobs(_top([-0.1]))),
    "log-probabilities all 0": on_some(logprobs(_top(0.0))),
    "log-probabilities not nested": on_some(logprobs(lambda made: made["top_logprobs"])),
    "log-probabilities nested too deep": on_some(logprobs(lambda made: [[made]])),
    "log-probabilities without tokens": on_some(
        logprobs(lambda made: made | {"top_logprobs": [{"logprob": -0.1}]})
    ),
    "log-probabilities an object of numbers": on_some(logprobs(lambda _made: {"content": {"Other": -0.1}})),
    "log-probabilities empty": on_some(logprobs(lambda _made: {"content": []})),
    "log-probabilities missing": on_some(said("hm")),
}


def _packed(reply: Reply) -> Reply:
    return Reply(body=gzip.compress(json.dumps(reply.body).encode()), headers={"Content-Encoding": "gzip"})


@dataclass(frozen=True, slots=True)
class _Odd:
    """Shapes of `/models` that no server should send."""

    shapes: Mapping[str, Any] = field(
        default_factory=lambda: {
            "a text": "m",
            "texts": {"data": ["m", "n"]},
            "an object": {"data": {"id": "m"}},
            "odd sizes": {"data": [{"id": 7, "owned_by": None, "max_model_len": "many", "meta": "x"}]},
            "huge sizes": {"data": [{"id": "m", "owned_by": "vllm", "max_model_len": 1e300, "meta": []}]},
            "nulls": {"data": [None, {"id": None, "meta": {"n_ctx": [1]}}]},
            "a number": 3,
        }
    )


_LISTS = {f"models: {name}": _listed(shape) for name, shape in _Odd().shapes.items()}
UNSUPPORTED = "Unsupported parameter: 'max_tokens' is not supported. Use 'max_completion_tokens' instead."
_ALWAYS: tuple[Fault, ...] = (
    Fault(name="max_tokens refused", handler=on_all(refusing("max_tokens", 400, _error(UNSUPPORTED)))),
    Fault(name="max_tokens refused without a word", handler=on_all(refusing("max_tokens", 400, {}))),
    Fault(
        name="temperature refused",
        handler=on_all(refusing("temperature", 400, _error("'temperature' does not support 0.7"), allowed=(1, 1.0))),
        member="samples = 2",
    ),
    Fault(
        name="log-probabilities refused",
        handler=on_all(refusing("logprobs", 403, _error("You are not allowed to request logprobs"))),
        member=VOTES,
    ),
    Fault(
        name="log-probabilities refused, extra fields forbidden",
        handler=on_all(
            refusing("logprobs", 422, {"detail": [{"type": "extra_forbidden", "loc": ["body", "logprobs"]}]})
        ),
        member=VOTES,
    ),
    Fault(name="seed refused", handler=on_all(refusing("seed", 400, _error("nope")))),
    Fault(name="n refused", handler=on_all(refusing("n", 500, _error("oops"))), member="samples = 3"),
    Fault(name="system role refused", handler=on_all(_system(400, "roles must alternate user/assistant"))),
    Fault(name="system role breaks it", handler=on_all(_system(500, "System role not supported"))),
    Fault(name="system role refused without a word", handler=on_all(_system(422, ""))),
    Fault(
        name="first texts filtered",
        handler=on_all(
            lambda r: said(None, finish_reason="content_filter")(r) if r.method == "POST" and row_of(r) < 2 else None  # noqa: PLR2004
        ),
    ),
    Fault(
        name="no log-probabilities, allowed", handler=on_all(_posts(said("{}"))), member=VOTES
    ),
    Fault(name="no log-probabilities", handler=on_all(_posts(said("{}"))), stops=True),
    Fault(name="web pages only", handler=on_all(_posts(raw(PAGE, content_type="text/html"))), stops=True),
    Fault(name="event streams only", handler=on_all(_posts(raw(STREAM, content_type="text/event-stream"))), stops=True),
    Fault(name="redirects only", handler=on_all(status(308, headers={"Location": "/real/v1"})), stops=True),
    Fault(name="HTTP 401", handler=on_all(status(401)), stops=True),
    Fault(name="HTTP 401 after 20", handler=on_all(_posts(status(401)), after=20), stops=True),
    Fault(name="unknown model", handler=on_all(_posts(status(404, _error("model not found")))), stops=True),
    Fault(name="unknown model, HTTP 400", handler=on_all(_posts(status(400, _error("no valid model ID")))), stops=True),
    Fault(
        name="quota used up after 20",
        handler=on_all(_posts(status(429, headers={"Retry-After": "86400"})), after=20),
        stops=True,
    ),
    Fault(
        name="free quota in 200",
        handler=on_all(_posts(lambda _r: Reply(body=_error("Rate limit exceeded: free-models-per-day", 429)))),
        stops=True,
    ),
    Fault(name="breaks after 20", handler=on_all(_posts(status(500)), after=20), stops=True),
    Fault(
        name="thoughts use the tokens up, always",
        handler=on_all(_posts(said(None, finish_reason="length"))),
        member=VOTES,
        stops=True,
    ),
    Fault(name="replies that name no class", handler=on_all(_posts(said("Well."))), member=VOTES, stops=True),
)  # fmt: skip

FAULTS: tuple[Fault, ...] = (
    *(
        Fault(name=name, handler=made)
        for table in (_STATUSES, _REPLIES, _LOGPROBS, _LISTS)
        for name, made in table.items()
    ),
    *_ALWAYS,
)


def named(name: str) -> Fault:
    """Return the fault of a name."""
    return next(fault for fault in FAULTS if fault.name == name)

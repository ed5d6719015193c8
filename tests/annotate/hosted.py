"""Hosted APIs as their documentation describes them: addresses, fields they refuse, errors, limits.

Sources, read in November 2026: console.groq.com/docs/openai; docs.claude.com/en/api/openai-sdk; openrouter.ai/docs/errors;
api-docs.deepseek.com (error codes); learn.microsoft.com (Azure OpenAI v1 API, content filter); errors quoted in
mistralai/platform-docs-public#7, google-gemini reports of unknown names and of models without log-probabilities.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mollia_benchmarks.loopback import Reply
from mollia_benchmarks.reliability.healthy import choice, row_of, text_of, truth

KEY = "sk-0123456789abcdefghij"


def openai_error(status, said, name=None):
    return {
        "error": {"message": said, "type": "invalid_request_error", "param": name, "code": "unsupported"},
    }


def anthropic_error(status, said, name=None):
    return {"error": {"code": "invalid_request_error", "message": said, "type": "invalid_request_error"}}


def google_error(status, said, name=None):
    error = {"code": status, "message": said, "status": "INVALID_ARGUMENT"}
    return [{"error": error}]


def openrouter_error(status, said, name=None):
    return {"error": {"code": status, "message": said}, "user_id": "user_1"}


def mistral_error(status, said, name=None):
    if name is None:
        return {"object": "error", "message": said, "type": "invalid_request_error", "code": "1901"}
    detail = [{"type": "extra_forbidden", "loc": ["body", name], "msg": said, "input": 1}]
    return {
        "object": "error",
        "message": {"detail": detail},
        "type": "invalid_request_error",
        "param": None,
        "code": None,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Hosted:
    """One API: its model in the example, fields it refuses (status, words), and what it knows beside them."""

    model: str
    path: str
    error: Callable[..., Any] = openai_error
    refuses: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    refused_values: Mapping[str, tuple[Any, int, str]] = field(default_factory=dict)  # all but this value
    logprobs: bool = False
    several: bool = True  # gives n replies
    limit_headers: Mapping[str, str] = field(default_factory=dict)
    wants: Mapping[str, Any] = field(default_factory=dict)  # fields that the recipe must send


UNKNOWN = 'Invalid JSON payload received. Unknown name "{}": Cannot find field.'
EXTRA = "Extra inputs are not permitted"
HOSTED = {
    "openai": Hosted(
        model="gpt-4.1-mini",
        path="/v1",
        logprobs=True,
        limit_headers={"x-ratelimit-reset-requests": "20ms", "retry-after-ms": "20"},
    ),
    "openai reasoning": Hosted(
        model="gpt-5-mini",
        path="/v1",
        refuses={
            "max_tokens": (
                400,
                "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
            ),
            "logprobs": (403, "You are not allowed to request logprobs from this model"),
        },
        refused_values={
            "temperature": (
                1,
                400,
                "Unsupported value: 'temperature' does not support 0.7 with this model. Only the default (1) value is supported.",
            ),
            "top_p": (1, 400, "Unsupported parameter: 'top_p' is not supported with this model."),
        },
    ),
    "anthropic": Hosted(
        model="claude-haiku-4-5",
        path="/v1",
        error=anthropic_error,
        refused_values={"n": (1, 400, "n: must be exactly 1")},
        limit_headers={"retry-after": "0"},
    ),
    "gemini": Hosted(
        model="gemini-2.5-flash-lite",
        path="/v1beta/openai",
        error=google_error,
        refuses={
            "seed": (400, UNKNOWN.format("seed")),
            "logprobs": (400, "Logprobs is not enabled for models/gemini-2.5-flash-lite"),
        },
        wants={"reasoning_effort": "none"},
    ),
    "openrouter": Hosted(
        model="meta-llama/llama-3.1-8b-instruct",
        path="/api/v1",
        error=openrouter_error,
        several=False,  # n is not among its parameters and is dropped
    ),
    "groq": Hosted(
        model="llama-3.1-8b-instant",
        path="/openai/v1",
        refuses={"logprobs": (400, "`logprobs` is not supported with this model")},
        refused_values={"n": (1, 400, "'n' : number must be at most 1")},
        limit_headers={"retry-after": "0", "x-ratelimit-reset-tokens": "30ms"},
    ),
    "azure": Hosted(model="my-gpt-4.1-mini", path="/openai/v1", logprobs=True),
    "mistral": Hosted(
        model="mistral-small-latest",
        path="/v1",
        error=mistral_error,
        refuses=dict.fromkeys(("seed", "logprobs", "top_logprobs"), (422, EXTRA)),
    ),
    "deepseek": Hosted(
        model="deepseek-v4-flash",
        path="/v1",
        logprobs=True,
        wants={"thinking": {"type": "disabled"}},
    ),
}


class Api:
    """A handler that answers as the API does; every `busy`-th question first meets its rate limit.

    `refusal` is what each question gets instead, where it is set.
    """

    def __init__(self, hosted, *, busy=5):
        self.hosted = hosted
        self.busy = busy
        self.refusal = None
        self.taken, self.refused = [], []
        self._turned_away = set()

    def _error(self, status, said, name=None, **more):
        self.refused.append((status, name))
        return Reply(status=status, body=self.hosted.error(status, said, name), **more)

    def __call__(self, request):
        key = request.headers.get("authorization")
        if key != f"Bearer {KEY}":
            return self._error(401, f"Incorrect API key provided: {key}")
        if request.path == f"{self.hosted.path}/models":
            return Reply(body={"object": "list", "data": [{"id": self.hosted.model, "object": "model"}]})
        if (
            request.path != f"{self.hosted.path}/chat/completions"
            or request.body["model"] != self.hosted.model
        ):
            return self._error(404, f"There is no {request.path} with {request.body.get('model')}")
        refused = next(self._refused(request.body), None) or (self.refusal and self.refusal(row_of(request)))
        return self._error(*refused) if refused else self._limited(request)

    def _refused(self, body):
        for name, (status, said) in self.hosted.refuses.items():
            if body.get(name) not in {None, False}:
                yield status, said, name
        for name, (value, status, said) in self.hosted.refused_values.items():
            if body.get(name, value) != value:
                yield status, said, name

    def _limited(self, request):
        row = row_of(request)
        if self.refusal is None and row % self.busy == 0 and row not in self._turned_away:
            self._turned_away.add(row)
            return self._error(
                429, "Rate limit reached, try again in 20ms", headers=self.hosted.limit_headers
            )
        return self._answer(request)

    def _answer(self, request):
        self.taken.append(request.body)
        label = truth(row_of(request))
        n = request.body.get("n", 1) if self.hosted.several else 1
        choices = [choice(request, label, index=i) for i in range(n)]
        for each in choices:
            each["logprobs"] = each["logprobs"] if self.hosted.logprobs else None
        return Reply(
            body={
                "id": "chatcmpl-1",
                "object": "chat.completion",
                "model": self.hosted.model,
                "choices": choices,
                "usage": {"prompt_tokens": 40, "completion_tokens": n, "total_tokens": 40 + n},
            }
        )


ROWS = 24
TEXTS = [text_of(row) for row in range(ROWS)]

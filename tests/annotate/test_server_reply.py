"""A grammar of damaged replies: the reader fails by name or gives what the reply says, and nothing else happens."""

import json
import math
import random

import numpy as np

from mollia.annotate.connection import HttpReply
from mollia.annotate.dialects import identify
from mollia.annotate.failures import Asking, RowFailed, error_in, failure
from mollia.annotate.label_probs import from_positions
from mollia.annotate.retry import Cost, _object
from mollia.annotate.server_reply import choices, echoed, said, token_logprobs
from mollia.errors import AnnotatorError
from mollia.replies.parse import parse_reply

RUNS = 10_000
CLASSES = ("Refund", "Delivery", "Other")
NAMES = tuple((name,) for name in CLASSES)
ASKING = Asking(llm="a", url="http://x/v1", api_key_env=None, clean=str)


class Grammar:
    """Writes replies: right ones whose parts are replaced, dropped, doubled, nested or cut, one to four times each."""

    def __init__(self, seed):
        self.random = random.Random(seed)  # noqa: S311  # no secret

    def value(self, depth=0):
        pick = self.random.choice
        plain = [None, True, False, 0, 1, -1, 7, 10**400, -(10**30), 0.5, -0.1, 1e308, float("inf"), -math.inf, math.nan,
                 "", "Refund", "Delivery", "-0.1", "\ud800", "\x00", "\u0120Ref", "a" * 300, [], {}]  # fmt: skip
        if depth > 3 or self.random.random() < 0.7:
            return pick(plain)
        if self.random.random() < 0.5:
            return [self.value(depth + 1) for _ in range(self.random.randrange(4))]
        keys = [
            "token",
            "logprob",
            "content",
            "text",
            "type",
            "error",
            "message",
            "code",
            "top_logprobs",
            "id",
            "x",
        ]
        return {pick(keys): self.value(depth + 1) for _ in range(self.random.randrange(4))}

    def reply(self):
        label = self.random.choice(CLASSES)
        top = [
            {"token": name[:3], "logprob": -0.2 if name == label else -2.3, "id": i}
            for i, name in enumerate(CLASSES)
        ]
        chat = {"content": [{"token": label[:3], "logprob": -0.2, "top_logprobs": top}]}
        old = {"tokens": [label[:3]], "top_logprobs": [{each["token"]: each["logprob"] for each in top}],
               "text_offset": [0, 5, 9], "token_logprobs": [None, -0.1, -0.2]}  # fmt: skip
        choice = {
            "index": 0,
            "message": {"role": "assistant", "content": label},
            "text": label,
            "logprobs": self.random.choice([chat, old, None]),
            "finish_reason": "stop",
        }
        return {
            "choices": [choice],
            "usage": {"prompt_tokens": 5, "completion_tokens": 1},
            "data": [{"id": "m", "owned_by": "vllm", "max_model_len": 4096, "meta": {"n_ctx": 1}}],
            "completion_probabilities": [{"top_logprobs": top}],
            "error": None,
        }

    def damaged(self):
        reply = self.reply()
        for _ in range(self.random.randrange(1, 5)):
            reply = self._damage(reply)
        return reply

    def _damage(self, value):
        """Walk down at random and change what is met at the end."""
        if isinstance(value, dict) and value and self.random.random() < 0.85:
            key = self.random.choice(list(value))
            return value | {key: self._damage(value[key])}
        if isinstance(value, list) and value and self.random.random() < 0.85:
            place = self.random.randrange(len(value))
            return [*value[:place], self._damage(value[place]), *value[place + 1 :]]
        return self._changed(value)

    def _changed(self, value):
        kind = self.random.randrange(6)
        if kind == 0 and isinstance(value, dict) and value:
            gone = self.random.choice(list(value))
            return {key: each for key, each in value.items() if key != gone}
        if kind == 3 and isinstance(value, list):
            return value * 3
        return {1: [value], 2: {"content": value}}.get(kind, self.value())


def check(each, written):
    """A label that is read was named: by the text, or by tokens whose mass is no more than 1."""
    label = parse_reply(each.text, CLASSES).label
    assert label < 0 or CLASSES[label].lower()[:3] in written.lower()
    if each.positions is None:
        return
    z = from_positions(each.positions, NAMES).logprobs
    mass = np.exp(np.where(np.isnan(z), -np.inf, z))
    assert mass.sum() <= 1 + 1e-9
    listed = {token.strip().lower() for position in each.positions for token in position.top}
    for k in np.flatnonzero(mass > 0):
        assert any(token.startswith(CLASSES[k][:3].lower()) for token in listed)


def read_all(reply):
    """Read everything that a reply may hold; return how many replies were read."""
    written = json.dumps(reply, default=str)
    read = said(reply)
    for each in read:
        check(each, written)
    for choice in choices(reply):
        total = echoed(choice, 0, 20)
        assert total is None or total <= 0
    listing = reply.get("completion_probabilities")
    for entry in listing if isinstance(listing, list) else []:
        if isinstance(entry, dict) and entry.get("top_logprobs"):
            assert all(value <= 0 for value in token_logprobs(entry["top_logprobs"]).values())
    return len(read)


def test_damaged_replies_fail_by_name_and_give_no_label_that_they_do_not_name():
    grammar = Grammar(seed=20)
    read = failed = 0
    for _ in range(RUNS):
        reply = grammar.damaged()
        if not isinstance(reply, dict):
            continue
        Cost().add_usage(reply)
        if found := error_in(reply):
            status, words = found
            raised = failure(HttpReply(200, {}, b""), ASKING, status=status, said=words)
            assert isinstance(raised, RowFailed | AnnotatorError)
            continue
        try:
            read += read_all(reply)
        except RowFailed as error:
            failed += bool(error.kind)
    assert read > RUNS / 4
    assert failed > RUNS / 50


def test_damaged_bodies_are_read_or_named():
    grammar = Grammar(seed=21)
    rng = random.Random(3)  # noqa: S311  # no secret
    for _ in range(RUNS // 4):
        body = json.dumps(grammar.damaged(), default=str).encode(errors="surrogatepass")
        place = rng.randrange(len(body) + 1)
        kind = rng.randrange(4)
        body = (body[:place], body[:place] + bytes([rng.randrange(256)]) + body[place:], body, body[place:])[
            kind
        ]
        status = rng.choice([200, 200, 200, 400, 403, 422, 429, 500, 503, 302, 407, 501])
        reply = HttpReply(
            status, {"retry-after": rng.choice(["1", "nan", "x", "Fri, 99 Foo", "-3", "1e400"])}, body
        )
        try:
            content = _object(reply, ASKING) if status == 200 else None
        except RowFailed:
            continue
        if content is None:
            raised = failure(reply, ASKING)
            assert isinstance(raised, RowFailed | AnnotatorError)
            wait = getattr(raised, "wait", None)
            assert wait is None or (math.isfinite(wait) and wait >= 0)
        else:
            assert isinstance(content, dict)


class Listing:
    """Stands where a client stands, and answers every look with one damaged reply."""

    def __init__(self, grammar):
        self.grammar = grammar

    def look(self, _path, *, root=False):  # noqa: ARG002  # the client's signature
        reply = self.grammar.damaged()
        return (reply if isinstance(reply, dict) else {"data": reply}), {}


def test_damaged_lists_of_models_end_no_run():
    grammar = Grammar(seed=22)
    for _ in range(2_000):
        server = identify(Listing(grammar), "m")
        assert isinstance(server.kind, str)
        assert all(isinstance(name, str) for name in server.models)
        assert server.context is None or 0 < server.context <= 10**9

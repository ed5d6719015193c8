"""Sampled replies, whose parsed shares become the consistency c."""

from __future__ import annotations

from mollia.annotate.dialects import Manner, choices, positions_of, text_of
from mollia.annotate.retry import Client, Cost, Json
from mollia.records import Question

BLANK_LINE = "\n\n"  # where a base model has said its label


class Sampler:
    """Draws T replies to a question, in one call where the server can."""

    def __init__(self, client: Client, model: str, manner: Manner, *, max_tokens: int) -> None:
        self._client = client
        self._model = model
        self._manner = manner
        self._max_tokens = max_tokens
        self.one_by_one = False  # whether the server gives one sample a call
        self.logprobs = True  # whether it gave log-probabilities when it was looked for

    def sample(self, question: Question, t: int, cost: Cost, *, look: int = 0) -> tuple[str, ...]:
        """Return T replies.

        With `look`, the first call asks for that many alternatives a token too: a server that
        gives none is found out (`logprobs`) at no further cost.
        """
        replies: list[str] = []
        while len(replies) < t:
            wanted = 1 if self.one_by_one else t - len(replies)
            looking = 0 if replies else look
            found = choices(self._ask(question, wanted, cost, look=looking))
            if looking:
                self.logprobs = positions_of(found[0]) is not None
            got = [text_of(choice) for choice in found][:wanted]
            self.one_by_one = self.one_by_one or len(got) < wanted
            replies.extend(got)
        return tuple(replies)

    def _ask(self, question: Question, n: int, cost: Cost, *, look: int) -> Json:
        body: Json = {
            "model": self._model,
            "max_tokens": self._max_tokens,
            "temperature": question.temperature,
            "top_p": question.top_p,
        }
        if n > 1:
            body["n"] = n
        if not self._manner.chat:
            body["stop"] = [BLANK_LINE]
        body |= self._manner.body(question.prompt) | self._manner.listing(look)
        reply = self._client.post(self._manner.path, body, cost)
        cost.add_usage(reply)
        return reply

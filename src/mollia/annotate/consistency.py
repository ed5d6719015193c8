"""Sampled replies, whose parsed shares become the consistency c."""

from __future__ import annotations

from mollia.annotate.dialects import Manner, Wanted
from mollia.annotate.failures import RowFailed
from mollia.annotate.retry import Client, Cost
from mollia.annotate.server_reply import EMPTY_REPLY, Said, said
from mollia.records import Question

BLANK_LINE = "\n\n"  # where a base model has said its label


class Sampler:
    """Draws T replies to a question, in one call where the server can."""

    def __init__(self, client: Client, model: str, manner: Manner, *, max_tokens: int) -> None:
        self._client = client
        self._model = model
        self._manner = manner
        self._max_tokens = max_tokens
        self._one_by_one = False  # whether the server gives one sample per call

    def sample(self, question: Question, t: int, cost: Cost, *, look: int = 0) -> list[Said]:
        """Return T replies; with `look`, the first call asks for that many alternatives per token too.

        Raises
        ------
        RowFailed
            When not one of them says anything.
        """
        replies: list[Said] = []
        while len(replies) < t:
            wanted = 1 if self._one_by_one or not self._manner.several else t - len(replies)
            request = self.wanted(question, wanted, look=0 if replies else look)
            body = self._manner.request(self._model, question.prompt, request)
            reply = self._client.post(self._manner.path, body, cost)
            cost.add_usage(reply)
            got = said(reply)[:wanted]
            self._one_by_one = self._one_by_one or len(got) < wanted
            replies.extend(got)
        if replies and not any(each.text.strip() for each in replies):
            raise RowFailed(replies[0].silent or EMPTY_REPLY)
        return replies

    def wanted(self, question: Question, n: int, *, look: int = 0) -> Wanted:
        """Return what a request for n samples asks for."""
        return Wanted(
            max_tokens=self._max_tokens,
            temperature=question.temperature,
            top_p=question.top_p,
            n=n,
            alternatives=look,
            stop=None if self._manner.chat else BLANK_LINE,
        )

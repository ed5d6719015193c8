"""Finding out by trying how a server wants to be asked, where it refuses the first question."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from copy import deepcopy

from mollia.annotate.dialects import LOGPROBS, MAX_COMPLETION_TOKENS, MAX_TOKENS, Manner, Wanted
from mollia.annotate.failures import FILTERED_TEXT, LONG_TEXT, PASSING, WRONG_PLACE, RowFailed
from mollia.annotate.retry import Client, Cost
from mollia.records import Question

FEW_ALTERNATIVES = 5  # what the strictest servers give
MOST_WORDS = 5  # refusals whose words are followed, before fields are tried one by one
TRIES = 2  # of one request: a failure may pass
_FEWER = re.compile(r"(?:at most|less than|<=|between|maximum|max|range|up to|exceed|greater than)\D{0,40}\d")

Change = Callable[[Manner], bool]  # changes a manner, and says whether that changed anything


def _drop(*names: str) -> Change:
    def change(manner: Manner) -> bool:
        new = set(names) - manner.without
        manner.without |= new
        return bool(new)

    return change


def _other_limit(manner: Manner) -> bool:
    if manner.limit == MAX_TOKENS and MAX_TOKENS not in manner.without:
        manner.limit = MAX_COMPLETION_TOKENS
        return True
    return _drop(MAX_TOKENS, MAX_COMPLETION_TOKENS)(manner)


def _merge(manner: Manner) -> bool:
    changed = manner.chat and not manner.merged
    manner.merged = manner.merged or changed
    return changed


def _fewer(manner: Manner) -> bool:
    changed = manner.most is None or manner.most > FEW_ALTERNATIVES
    manner.most = FEW_ALTERNATIVES
    return changed


def _plain_extra(manner: Manner) -> bool:
    changed, manner.extra = bool(manner.extra), {}
    return changed


_NO_LOGPROBS = _drop(LOGPROBS, "top_logprobs")
# What a refusal may say, and what helps.
_WORDS: tuple[tuple[re.Pattern[str], Change], ...] = (
    (re.compile(r"chat_template_kwargs|enable_thinking"), _plain_extra),
    (re.compile(r"max_completion_tokens|max_tokens.{0,60}(?:support|permitted|allowed|unknown|unrecogni|extra)"), _other_limit),
    (re.compile(r"system.{0,40}(?:role|message|prompt|instruction)|role.{0,40}system|roles must alternate|developer instruction"), _merge),
    (re.compile(r"logprobs.{0,120}" + _FEWER.pattern), _fewer),
    (re.compile(r"logprob"), _NO_LOGPROBS),
    (re.compile(r"temperature"), _drop("temperature")),
    (re.compile(r"top_p"), _drop("top_p")),
    (re.compile(r"['\"`]n['\"`]|\bn must|\bn should|\bn\s*[>=]|best_of|multiple (?:choices|completions)|parameter n\b"), _drop("n")),
    (re.compile(r"\bseed\b"), _drop("seed")),
    (re.compile(r"\bstop\b"), _drop("stop")),
)  # fmt: skip
# What is taken out where the words do not tell, the least missed first.
_ONE_BY_ONE: tuple[Change, ...] = (
    _plain_extra,
    _drop("seed"),
    _drop("stop"),
    _other_limit,
    _drop("n"),
    _drop("top_p"),
    _drop("temperature"),
    _merge,
    _fewer,
    _NO_LOGPROBS,
)


def adaptable(problem: str) -> bool:
    """Tell whether a failure may be due to the way of asking: a refusal, or an error of the server's own."""
    passing = tuple(f"HTTP {status}" for status in PASSING | WRONG_PLACE)
    asked_otherwise = (LONG_TEXT, FILTERED_TEXT, "HTTP 4", "HTTP 500", "HTTP 501")
    return problem.startswith(asked_otherwise) and not problem.startswith(passing)


def adapt(
    client: Client, model: str, manner: Manner, question: Question, *, wanted: Sequence[Wanted], cost: Cost
) -> bool:
    """Change `manner` until the server takes the requests; return whether anything was changed and helps.

    First what the refusal's words point to; then, if the barest request is taken, each field by itself.
    """

    def refusal(tried: Manner) -> str | None:
        """Return why the server refuses, None where it takes the requests."""
        for each in wanted:
            try:
                client.post(tried.path, tried.request(model, question.prompt, each), cost, attempts=TRIES)
            except RowFailed as error:
                return error.problem.lower()
        return None

    tried = deepcopy(manner)
    said = refusal(tried)
    changed = False
    for _ in range(MOST_WORDS):
        if said is None:
            break
        refused = said
        if not any(pattern.search(refused) and change(tried) for pattern, change in _WORDS):
            break
        changed, said = True, refusal(tried)
    if said is not None:
        tried, changed = deepcopy(manner), True
        if not _by_trying(tried, refusal):
            return False
    _take_over(manner, tried)
    return changed


def _by_trying(manner: Manner, refusal: Callable[[Manner], str | None]) -> bool:
    """Change `manner` to the fullest request that is taken; False where the barest is refused too."""
    bare = deepcopy(manner)
    for change in _ONE_BY_ONE:
        change(bare)
    _drop(MAX_TOKENS, MAX_COMPLETION_TOKENS)(bare)
    if refusal(bare) is not None:
        return False
    # from the fullest on, one change more each time, until it is taken; then what was not needed is put back
    needed = [change for change in _ONE_BY_ONE if change(deepcopy(manner))]
    kept = list(needed)
    for change in reversed(needed):  # the most missed is put back first
        fewer = [each for each in kept if each is not change]
        trial = deepcopy(manner)
        for each in fewer:
            each(trial)
        if refusal(trial) is None:
            kept = fewer
    for change in kept:
        change(manner)
    if refusal(manner) is not None:
        _take_over(manner, bare)
    return True


def _take_over(manner: Manner, found: Manner) -> None:
    manner.merged, manner.limit, manner.most = found.merged, found.limit, found.most
    manner.without, manner.extra = set(found.without), dict(found.extra)

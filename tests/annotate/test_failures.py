import math

import pytest

from mollia.annotate.connection import HttpReply
from mollia.annotate.failures import Asking, Passing, Refused, error_in, failure, message, wait_of
from mollia.errors import AnswerRefused, QuotaReached

ASKING = Asking(llm="a", url="http://h/v1", api_key_env="K", clean=str)


def meant(status, body=b"", **headers):
    return failure(HttpReply(status, headers, body), ASKING)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, b'{"error": {"message": "Content Exists Risk"}}', "refused by a content filter"),
        (
            403,
            b'{"error": {"code": 403, "message": "requires moderation. Your input was flagged."}}',
            "refused by a content filter",
        ),
        (422, b'{"error": "`inputs` tokens + `max_new_tokens` must be <= 4096"}', "text too long"),
        (
            400,
            b'[{"error": {"message": "The input token count exceeds the maximum number of tokens"}}]',
            "text too long",
        ),
        (400, b'{"code": "x", "error": "This model\'s maximum prompt length is 4096"}', "text too long"),
        (500, b'{"error": {"message": "exceeds the available context size"}}', "text too long"),
        (400, b"Komisch", "HTTP 400"),
        (501, b"", "HTTP 501"),
        (413, b"", "text too long"),
    ],
)
def test_a_refusal_names_what_became_of_the_row_case_o30(status, body, kind):
    found = meant(status, body)
    assert isinstance(found, Refused)
    assert found.kind == kind
    assert isinstance(found.final, AnswerRefused)


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 502, 503, 504, 529])
def test_what_may_pass_is_tried_again(status):
    assert isinstance(meant(status, b'{"error": "busy"}'), Passing)


def test_a_key_is_refused_at_once_and_a_quota_ends_as_partial():
    assert isinstance(meant(401, b"no"), AnswerRefused)
    assert "environment variable K" in meant(401).hint
    assert isinstance(meant(429, b'{"error": "free-models-per-day"}'), QuotaReached)
    assert isinstance(meant(429, b"", **{"retry-after": "86400"}), QuotaReached)


@pytest.mark.parametrize(
    ("content", "status"),
    [
        ({"error": {"message": "Rate limit exceeded", "code": 429}}, 429),
        ({"error": "upstream gone"}, 500),
        ({"choices": [{"error": {"code": 502}}]}, 502),
        ({"error": {"code": "rate_limit_exceeded"}}, 429),
        ({"error": {"type": "authentication_error"}}, 401),
        ({"detail": "Not found"}, 404),
        ({"error": ["x"], "choices": []}, 500),
    ],
)
def test_an_error_in_a_reply_of_status_200_has_the_status_that_it_names_case_o32(content, status):
    assert error_in(content)[0] == status


@pytest.mark.parametrize(
    "content", [{"choices": [{"message": {}}], "error": None}, {"data": [], "message": "ok"}, {"tokens": [1]}]
)
def test_a_reply_without_an_error_has_none(content):
    assert error_in(content) is None


@pytest.mark.parametrize(
    ("headers", "words", "seconds"),
    [
        ({"retry-after": "2"}, "", 2),
        ({"retry-after": "-2"}, "", 0),
        ({"retry-after": "nan"}, "", None),
        ({"retry-after": "inf"}, "", None),
        ({"retry-after": "soon"}, "", None),
        ({"retry-after": "Thu, 01 Jan 1970 00:00:00 GMT"}, "", 0),
        ({}, "Please try again in 2.5s.", 2.5),
        ({}, "try again in 200 ms", 0.2),
        ({}, "retry after 2 minutes", 120),
        ({"x-ratelimit-reset-requests": "1m30s"}, "", 90),
        ({}, "no", None),
    ],
)
def test_the_wait_is_taken_from_headers_or_words(headers, words, seconds):
    found = wait_of(headers, words)
    assert found == seconds or (found is not None and math.isclose(found, seconds))


@pytest.mark.parametrize(
    "content",
    [
        None,
        3,
        "x",
        [],
        {},
        {"error": {"message": {"a": 1}}},
        {"message": ["a", {"msg": "b"}]},
        [[[[[[["deep"]]]]]]],
        {"error": True},
    ],
)
def test_words_are_found_in_errors_of_any_shape(content):
    assert isinstance(message(content), str)

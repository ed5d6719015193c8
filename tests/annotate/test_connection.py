import time

import pytest

from mollia.annotate.ask_panel import ask_panel
from mollia.annotate.failures import Retry
from mollia_benchmarks.loopback import Reply

from .conftest import answers, text_in

ONCE = Retry(attempts=1)


@pytest.mark.parametrize("what", ["head", "body", "nothing"])
def test_a_request_has_a_deadline_as_a_whole(what, serve, server_of, questions, store):
    """A server that sends a byte every half second must not hold a request of one second."""
    healthy = answers()

    def handler(request):
        if request.path != "/v1/chat/completions" or text_in(request) != "text 1":
            return healthy(request)
        good = healthy(request)
        return Reply(body=good.body, drip=0.5) if what != "nothing" else Reply(body=good.body, delay=60)

    started = time.monotonic()
    result = ask_panel(questions(4), [server_of(serve(handler), timeout=1.0, retry=ONCE)], store)
    assert result.problems == {"gemma": {"timed out": 1}}
    assert time.monotonic() - started < 20, "it would take minutes to send the reply"


def test_a_reply_that_never_ends_is_too_large(serve, server_of, questions, store):
    healthy = answers()

    def handler(request):
        huge = request.path == "/v1/chat/completions" and text_in(request) == "text 1"
        return Reply(body=b'{"choices": "' + b"x" * (17 * 2**20)) if huge else healthy(request)

    result = ask_panel(questions(3), [server_of(serve(handler))], store)
    assert result.problems == {"gemma": {"reply too large": 1}}


def test_user_and_password_of_an_address_log_in(serve, server_of, questions, store):
    healthy = answers()

    def handler(request):
        return (
            healthy(request)
            if request.headers.get("authorization") == "Basic dTpwIHc="
            else Reply(status=401)
        )

    url = serve(handler).url.replace("http://", "http://u:p%20w@")
    assert ask_panel(questions(2), [server_of(url)], store).problems == {}


def test_the_query_of_an_address_goes_with_every_request(serve, server_of, questions, store):
    healthy = answers()
    paths = []

    def handler(request):
        paths.append(request.path)
        bare = request.__class__(**{name: getattr(request, name) for name in ("method", "headers", "body", "number")},
                                 path=request.path.partition("?")[0])  # fmt: skip
        return healthy(bare)

    assert ask_panel(questions(2), [server_of(serve(handler).url + "?key=abcd")], store).problems == {}
    assert all(path.endswith("?key=abcd") for path in paths)

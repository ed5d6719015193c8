"""Case O37: why no request gets through, told apart by name, at once."""

import socket
import ssl
import threading
import time
from pathlib import Path

import pytest

from mollia.annotate.ask_panel import ask_panel
from mollia.errors import AnnotatorError, ServerCannot, ServerUnreachable
from mollia_benchmarks.loopback import Reply

from .conftest import answers


def refused(annotator, questions, store):
    """What asking says, which must not take ten seconds."""
    started = time.monotonic()
    with pytest.raises(AnnotatorError) as error:
        ask_panel(questions(20), [annotator], store)
    assert time.monotonic() - started < 10
    assert error.value.hint
    return error.value


def test_an_address_without_a_scheme_is_refused(server_of, questions, store):
    said = refused(server_of("127.0.0.1:9/v1"), questions, store)
    assert "needs http:// or https:// before it: http://127.0.0.1:9/v1" in str(said)


def test_a_name_that_does_not_resolve(server_of, questions, store):
    said = refused(server_of("http://no-such-host.invalid/v1"), questions, store)
    assert isinstance(said, ServerUnreachable)
    assert "the name no-such-host.invalid" in str(said)


def test_https_where_http_is_spoken(serve, server_of, questions, store):
    url = serve(answers()).url.replace("http:", "https:")
    said = refused(server_of(url), questions, store)
    assert "does not speak https" in str(said)
    assert f"Write {url.replace('https:', 'http:')}" in said.hint


@pytest.fixture
def tls_port():
    """A port at which TLS is spoken with a certificate that nobody signed (its key is of no use elsewhere)."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(Path(__file__).with_name("self_signed.pem"))
    listening = socket.create_server(("127.0.0.1", 0))

    def serve():
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            try:
                context.wrap_socket(connection, server_side=True).close()
            except OSError:
                connection.close()

    threading.Thread(target=serve, daemon=True).start()
    yield listening.getsockname()[1]
    listening.close()


def test_a_certificate_that_is_not_trusted(tls_port, server_of, questions, store):
    said = refused(server_of(f"https://localhost:{tls_port}/v1"), questions, store)
    assert "is not trusted" in str(said)
    assert "SSL_CERT_FILE" in said.hint


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (
            Reply(body=b"<!doctype html><html></html>", headers={"Content-Type": "text/html"}),
            "a web page instead of an answer",
        ),
        (
            Reply(body=b"data: {}\n\n", headers={"Content-Type": "text/event-stream"}),
            "an event stream instead of an answer",
        ),
        (Reply(status=308, headers={"Location": "http://other/v1"}), "redirected"),
    ],
)
def test_what_is_no_api_is_told_by_name_without_a_retry(reply, said, serve, server_of, questions, store):
    healthy = answers()
    server = serve(lambda request: healthy(request) if request.method == "GET" else reply)
    error = refused(server_of(server), questions, store)
    assert isinstance(error, ServerCannot)
    assert said in str(error)
    assert len(server.posts) <= 3, "one row never decides, and nothing is tried again"


def test_a_proxy_that_does_not_answer_is_named_without_its_password(server_of, questions, store, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY"):
        monkeypatch.setenv(name, "http://u:secret@127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    said = refused(server_of("http://llm.example.org/v1"), questions, store)
    assert "the proxy http://127.0.0.1:9" in str(said)
    assert "NO_PROXY" in said.hint
    assert "secret" not in str(said)


def test_a_proxy_in_the_environment_is_no_matter_for_this_machine(
    serve, server_of, questions, store, monkeypatch
):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert ask_panel(questions(3), [server_of(serve(answers()))], store).problems == {}

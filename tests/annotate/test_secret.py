import base64
import json
from urllib.parse import quote

import pytest

from mollia.annotate.ask_panel import ask_panel
from mollia.annotate.secret import Secrets, read_key
from mollia.errors import AnswerRefused
from mollia_benchmarks.loopback import Reply

from .conftest import answers, text_in


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("sk-\u201cabc\u201d", "has quotes in it"),
        ('"sk-abc"', "has quotes in it"),
        ("sk-a\nbc", "a line break or a tab"),
        ("sk-a bc", "has blanks in it"),
        ("sk-a\u00a0bc", "has blanks in it"),
        ("Bearer sk-abcd", 'a word such as "Bearer"'),
        ("bearer sk-abcd", 'a word such as "Bearer"'),
        ("Authorization: sk-abcd", 'a word such as "Bearer"'),
        ("OPENAI_API_KEY=sk-abcd", 'a word such as "Bearer"'),
        ("sk\u2014abcd", "not ASCII"),
        ("sk-\u043asecret", "not ASCII"),
        ("sk-\x00abc", "a line break or a tab"),
    ],
)
def test_what_cannot_be_a_key_is_refused_without_saying_it_case_o36(key, said, monkeypatch):
    if "\x00" not in key:
        monkeypatch.setenv("SHOP_KEY", key)
        with pytest.raises(AnswerRefused, match=said) as error:
            read_key("SHOP_KEY", "gemma")
        assert key not in str(error.value)
        assert "abc" not in str(error.value)


def test_blanks_at_the_ends_of_a_key_are_none_of_it(monkeypatch):
    monkeypatch.setenv("SHOP_KEY", "  sk-abc\n")
    assert read_key("SHOP_KEY", "gemma") == "sk-abc"
    assert read_key(None, "gemma") == ""


KEY = 'sk-a+b/c=d"e\\f'


@pytest.mark.parametrize(
    "form",
    [
        KEY,
        repr(KEY)[1:-1],
        json.dumps(KEY)[1:-1],
        quote(KEY, safe=""),
        base64.b64encode(KEY.encode()).decode(),
        base64.urlsafe_b64encode(KEY.encode()).decode(),
        KEY.encode().hex(),
    ],
)
def test_no_form_of_a_key_is_passed_on_case_o36(form):
    said = Secrets(KEY, ()).without(f"wrong key {form} given")
    assert form not in said
    assert "[key]" in said


def test_passwords_and_queries_of_addresses_are_secrets_too():
    secrets = Secrets("", ["https://user:pass%20word@h/v1?key=query-key&x=1"])
    said = secrets.without(
        "pass word, pass%20word, query-key, " + base64.b64encode(b"user:pass word").decode()
    )
    assert said == "[key], [key], [key], [key]"
    assert "pass" not in repr(secrets)


@pytest.mark.parametrize("place", ["error", "reply", "header"])
def test_a_server_that_sends_the_key_back_puts_it_nowhere_case_o36(
    place, serve, server_of, questions, store, monkeypatch
):
    secret = "sk-very-secret-123"  # noqa: S105  # made up
    forms = [secret, base64.b64encode(secret.encode()).decode(), quote(secret), repr(secret)]
    monkeypatch.setenv("SHOP_KEY", secret)
    said = " ".join(forms)
    healthy = answers((f"Refund {said}",) if place == "reply" else ("Refund",))

    def handler(request):
        assert request.headers["authorization"] == f"Bearer {secret}"
        if request.path == "/v1/chat/completions" and text_in(request) == "text 3" and place != "reply":
            headers = {"Location": f"http://h/?key={secret}"}
            return Reply(status=500 if place == "error" else 302, body={"error": said}, headers=headers)
        return healthy(request)

    annotator = server_of(serve(handler), api_key_env="SHOP_KEY")
    result = ask_panel(questions(5), [annotator], store)
    store.close()
    written = b"".join(path.read_bytes() for path in store.path.parent.iterdir()).decode("latin-1")
    for form in forms:
        assert form not in written
        assert form not in repr(result) + repr(annotator) + repr(annotator.client) + repr(vars(annotator))
    assert "[key]" in written or place == "header"

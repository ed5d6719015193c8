import pytest

from mollia.annotate.address import Base, checked_url, is_local, shown


@pytest.mark.parametrize(
    "url", ["http://h:8000/v1", "https://api.example.org", "http://[::1]:8000/v1", "http://u:p@h/v1?key=k"]
)
def test_addresses_of_servers_are_taken(url):
    assert checked_url(url) == url


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("127.0.0.1:8000/v1", "needs http:// or https:// before it: http://127.0.0.1:8000/v1"),
        ("user:secret@h/v1", "needs http:// or https:// before it: http://h/v1"),
        ("ftp://h/v1", "begins with ftp://"),
        ("http:///v1", "names no host"),
        ("http://h:port/v1", "no valid host and port"),
        ("http://h /v1", "a blank or a line break"),
        ("http://h/v1\n", "a blank or a line break"),
    ],
)
def test_what_is_no_address_is_refused_with_what_to_write_case_o37(url, said):
    with pytest.raises(ValueError, match=said) as error:
        checked_url(url)
    assert "secret" not in str(error.value)


def test_an_address_is_shown_without_user_password_and_query():
    assert shown("https://u:secret@h:1/v1?key=secret#x") == "https://h:1/v1"
    assert Base.of("https://u:secret@h:1/v1/?key=secret").shown == "https://h:1/v1"


def test_pages_lie_below_the_base_and_a_bare_host_means_its_v1():
    base = Base.of("http://h?key=k")
    assert base.target("/models", root=False) == "/v1/models?key=k"
    assert base.target("/props", root=True) == "/props?key=k"
    assert Base.of("http://h/api/").target("/models", root=False) == "/api/models"
    assert Base.of("http://[::1]:8/v1").server == "[::1]:8"


def test_no_proxy_stands_before_this_machine_case_o37(monkeypatch):
    monkeypatch.setenv("http_proxy", "http://u:secret@127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert Base.of("http://127.0.0.1:1/v1").proxy is None
    assert Base.of("http://localhost:1/v1").proxy is None
    assert Base.of("http://llm.example.org/v1").proxy == "http://u:secret@127.0.0.1:9"
    monkeypatch.setenv("no_proxy", "llm.example.org")
    assert Base.of("http://llm.example.org/v1").proxy is None
    assert [is_local(host) for host in ("127.9.0.1", "::1", "localhost", "10.0.0.1", "example.org")] == [
        True
    ] * 3 + [False] * 2

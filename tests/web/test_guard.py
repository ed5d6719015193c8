"""Nobody but this machine's browser with the start URL gets in, and no request reaches the disk."""

import socket

import httpx2
import pytest

from mollia.web import guard
from mollia.web.seed_page import SeedDesk
from mollia.web.sessions import FILE

ROW = {"row": "0", "y": "0"}


@pytest.fixture(scope="module")
def served(shared):
    return shared


def words(served):
    return [(each.text_id, each.y, each.annotator) for each in served.desk.store.said("seed")]


@pytest.fixture
def client(served):
    with served.client() as made:
        yield made


@pytest.fixture
def row(served):
    return str(SeedDesk(served.desk).rows[0])


def test_without_the_token_nothing_is_shown(served):
    for path in ("/", "/review", "/dashboard", "/static/page.css", "/name"):
        answer = httpx2.get(served.origin + path)
        assert answer.status_code == 403, path
        assert "newsroom" not in answer.text
        assert "start address" in answer.text


@pytest.mark.parametrize("token", ["", "x", "%00", "é", "token"])
def test_a_wrong_token_is_refused(served, token):
    answer = httpx2.get(f"{served.origin}/?token={token}")
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


def test_the_start_url_gives_a_cookie_that_scripts_and_other_sites_do_not_get(served):
    answer = httpx2.get(served.url)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert served.url.split("token=")[1].lower() not in cookie


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:1", "", "[::1]:80"])
def test_another_host_name_is_not_answered(served, client, host):
    answer = client.get("/", headers={"Host": host})
    assert answer.status_code in {400, 421}
    assert "newsroom" not in answer.text


def test_two_host_headers_are_not_answered(served, client):
    with socket.create_connection(("127.0.0.1", served.port)) as raw:
        raw.sendall(
            f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\nHost: evil.example\r\n"
            "Connection: close\r\n\r\n".encode()
        )
        with raw.makefile("rb") as answer:
            assert answer.readline().split()[1] in {b"400", b"421"}


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"X-Mollia-Key": "guess"},
        {"X-Mollia-Key": ""},
    ],
)
def test_what_another_site_sends_changes_nothing(served, client, row, headers):
    before = words(served)
    answer = client.post("/label", data={"row": row, "y": "0"}, headers=headers)
    assert answer.status_code == 403
    assert words(served) == before
    assert client.post("/label", data={"row": row, "y": "1"}).status_code == 200
    assert words(served) == [(served.desk.pool.ids[int(row)], 1, "kim")]


def test_another_sessions_key_is_refused(served, client):
    with served.client("ana") as other:
        answer = client.post("/label", data=ROW, headers={"X-Mollia-Key": other.headers["X-Mollia-Key"]})
    assert answer.status_code == 403


def test_no_page_may_load_or_run_what_is_not_ours(client):
    for path in ("/", "/name", "/static/page.js"):
        headers = client.get(path).headers
        csp = headers["content-security-policy"]
        assert "default-src 'none'" in csp
        assert "script-src 'self';" in csp
        assert "unsafe" not in csp
        assert "http:" not in csp
        assert "frame-ancestors 'none'" in csp
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "path",
    [
        "/static/../guard.py",
        "/static/..%2fguard.py",
        "/static/%2e%2e/app.py",
        "/static//etc/passwd",
        "/static/x",
        "/static/",
    ],
)
def test_no_path_reaches_the_disk(client, path):
    answer = client.get(path)
    assert answer.status_code == 404
    assert "import" not in answer.text


@pytest.mark.parametrize(
    "form",
    [
        {"row": "-1", "y": "0"},
        {"row": "99999", "y": "0"},
        {"row": "1e1", "y": "0"},
        {"row": "²", "y": "0"},
        {"row": "", "y": "0"},
        {"y": "0"},
        {"row": "{row}", "y": "3"},
        {"row": "{row}", "y": "-2"},
        {"row": "{row}", "y": ""},
        {"row": "{row}", "y": "0", "note": "x" * 501},
        {"row": "{row}"},
    ],
)
def test_a_wrong_form_is_refused_and_stores_nothing(served, client, row, form):
    before = words(served)
    answer = client.post("/label", data={name: value.format(row=row) for name, value in form.items()})
    assert answer.status_code == 400
    assert "Traceback" not in answer.text
    assert words(served) == before


def test_a_row_outside_the_draw_can_neither_be_seen_nor_labelled(served, client):
    before = words(served)
    (outside, *_) = sorted(set(range(90)) - set(SeedDesk(served.desk).rows))
    assert client.get(f"/?row={outside}").status_code == 404
    assert client.post("/label", data={"row": outside, "y": "0"}).status_code == 404
    assert words(served) == before


FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def test_a_long_request_is_cut_off_however_it_is_sent(client):
    assert client.post("/label", data={"note": "x" * 100_000}).status_code == 413
    pieces = (b"note=" + b"x" * 1000 for _ in range(10_000))
    assert client.post("/label", content=pieces, headers=FORM).status_code == 413


def test_a_request_in_chunks_is_taken(served, client, row):
    pieces = [b"row=", row.encode(), b"&y=2", b"&note=in+pieces"]
    assert client.post("/label", content=iter(pieces), headers=FORM).status_code == 200
    assert served.desk.store.said("seed")[-1].note == "in pieces"


def test_a_request_whose_body_does_not_come_is_answered_and_ends(served, client, monkeypatch):
    monkeypatch.setattr(guard, "BODY_SECONDS", 0.5)
    before = words(served)
    cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    head = (
        f"POST /label HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\nOrigin: {served.origin}\r\nCookie: {cookie}\r\n"
        f"X-Mollia-Key: {client.headers['X-Mollia-Key']}\r\nContent-Length: 9\r\n\r\nrow"
    )
    said, _ = served.sent_raw(head.encode())
    assert said.startswith(b"HTTP/1.1 408 ")
    assert words(served) == before


def test_a_page_of_an_earlier_start_is_told_so(served):
    answer = httpx2.get(
        f"{served.origin}/alive", headers={"Cookie": f"mollia_{served.port}=of-an-earlier-start"}
    )
    assert answer.status_code == 403
    assert "another start" in answer.text


def test_after_a_restart_a_browser_goes_on_and_the_start_address_stays(serve):
    with serve() as first, first.client("Zoé") as client:
        key, cookies, port = client.headers["X-Mollia-Key"], dict(client.cookies), first.port
    with serve(port=port) as again:
        assert again.url == first.url
        headers = {"Origin": again.origin, "X-Mollia-Key": key}
        with httpx2.Client(base_url=again.origin, cookies=cookies, headers=headers) as client:
            row = str(SeedDesk(again.desk).rows[0])
            assert client.post("/label", data={"row": row, "y": "0"}).status_code == 200
        assert words(again) == [(again.desk.pool.ids[int(row)], 0, "Zoé")]


def test_another_name_holds_for_that_browser_alone(served, client, row):
    with served.client("ana") as other:
        client.post("/name", data={"name": "Kim Lee"})
        for each, name in ((client, "Kim Lee"), (other, "ana")):
            each.post("/label", data={"row": row, "y": "0"}).raise_for_status()
            assert words(served)[-1][2] == name


def test_the_secret_is_in_no_file_but_its_own(serve):
    with serve() as page, page.client() as client:
        client.get("/dashboard")
        folder = page.desk.store.path.parent
        secret = (folder / FILE).read_bytes()
        token = page.url.partition("token=")[2].encode()
        cookie = next(iter(client.cookies.values())).encode()
    for path in folder.rglob("*"):
        said = b"" if path.name == FILE else path.read_bytes()
        assert not any(each in said for each in (secret, bytes.fromhex(secret.decode()), token, cookie)), path

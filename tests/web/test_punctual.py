"""Connections that send no whole request end; those in use stay."""

import http.client
import time
from contextlib import closing

import pytest

from mollia.web import punctual


@pytest.mark.parametrize(
    "pieces", [(), (b"G",), (b"POST /label HTTP/1.1\r\nHost: 127.0.0.1\r\n",), (b"GET", b" ", b"/", b" HT")]
)
def test_a_connection_that_sends_no_whole_request_ends(shared, monkeypatch, pieces):
    monkeypatch.setattr(punctual, "SECONDS", 0.5)
    said, seconds = shared.sent_raw(*pieces, pause=0.2)
    assert said == b""
    assert seconds < 15


def test_a_kept_connection_is_still_good_for_the_next_request(shared, monkeypatch):
    monkeypatch.setattr(punctual, "SECONDS", 0.5)
    with shared.client() as client:
        for _ in range(3):
            assert client.get("/alive").status_code == 204
            time.sleep(0.7)


def test_a_connection_outlasts_a_look_at_a_long_text(shared):
    kept = http.client.HTTPConnection("127.0.0.1", shared.port, timeout=20)
    with closing(kept):
        kept.request("GET", "/")
        kept.getresponse().read()
        before = kept.sock
        time.sleep(6)  # uvicorn alone closes it after 5
        kept.request("GET", "/")
        assert kept.getresponse().read()
        assert kept.sock is before is not None

"""The server that tests and benchmarks ask ends with nothing left open: what is left open fails another test, by chance."""

import gc
import socket
import sys
import threading
import time

from mollia_benchmarks.loopback import LoopbackServer, Reply

ASKED = b"GET /v1/models HTTP/1.1\r\n\r\n"


def knocking(port, opened):
    """Open up to 25 connections and ask on each, without reading; stop early where the server has ended."""
    for _ in range(25):
        try:
            opened.append(socket.create_connection(("127.0.0.1", port)))
            opened[-1].sendall(ASKED)
        except OSError:
            return


def test_a_server_that_ends_while_others_connect_and_do_not_read_leaves_nothing_open(monkeypatch):
    left = []
    monkeypatch.setattr(sys, "unraisablehook", lambda what: left.append(repr(what.exc_value)))
    for _ in range(5):
        opened = []
        with LoopbackServer(lambda _request: Reply(body=b"x" * 5_000_000)) as server:
            clients = [threading.Thread(target=knocking, args=(server.port, opened)) for _ in range(3)]
            for each in clients:
                each.start()
            time.sleep(0.004)
        for each in clients:
            each.join()
        for each in opened:
            each.close()
        gc.collect()
    assert left == []

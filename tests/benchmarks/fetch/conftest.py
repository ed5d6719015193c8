"""The paper's files in small, and a server on this machine that has them."""

import dataclasses
import hashlib
import io
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mollia_benchmarks.fetch.sources import LISTING, LLMS, SETS

N_TRAIN, N = 150, 120


def npy(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def parquet(texts, labels):
    file = io.BytesIO()
    pq.write_table(pa.table({"text": texts, "label": labels}), file)
    return file.getvalue()


def recorded(found, gold, rng):
    """h(x) as the authors lay it out, and the raw answers behind its shares."""
    k = len(found.classes)
    z = rng.random((N, len(LLMS), k))  # sums to anything
    names = [*found.classes, "other words"]
    right = rng.random((N, len(LLMS), 10)) < 0.6
    picked = np.where(right, gold[:, None, None], rng.integers(0, k + 1, right.shape))
    c = np.stack([(picked == at).mean(2) for at in range(k)], axis=2)
    answers = [[[names[at] for at in row] for row in picked[:, llm].tolist()] for llm in range(len(LLMS))]
    return np.stack([z, c], axis=2).reshape(N, 2 * len(LLMS), k), answers


def small_set(found, rng):
    """Source.file -> content, for one set."""
    k = len(found.classes)
    train_labels = rng.integers(0, k, N_TRAIN)
    train_texts = [f"{found.name} text {row} says {found.classes[at]}" for row, at in enumerate(train_labels)]
    order = np.random.default_rng(666).permutation(N_TRAIN)[:N]
    gold, texts = train_labels[order], [train_texts[row] for row in order]
    x, answers = recorded(found, gold, rng)
    files = {found.meta_x.file: npy(x), found.meta_y.file: npy(np.eye(k, dtype=np.int64)[gold])}
    for llm, source in found.raw.items():
        rows = zip(texts, gold, answers[LLMS.index(llm)], x[:, 2 * LLMS.index(llm)], strict=True)
        files[source.file] = "".join(
            json.dumps(
                {"label": found.classes[at], "llm_logits": z.tolist(), "llm_label": given, "text": text}
            )
            + "\n"
            for text, at, given, z in rows
        ).encode()
    if found.train:
        files[found.train.file] = parquet(train_texts, train_labels)
        files[found.test.file] = parquet(["one more", "another"], [0, 1])
    elif found.test:
        files[found.test.file] = b"NUM:dist How far is it ?\nHUM:ind Who was\xf0it ?\n"
    return files


@pytest.fixture(scope="session")
def small():
    """Source.file -> content, for all sets."""
    rng = np.random.default_rng(7)
    return {file: body for found in SETS.values() for file, body in small_set(found, rng).items()}


@pytest.fixture(autouse=True)
def _small_sums(small, monkeypatch):
    """The catalogue knows the small files' sums instead of the large ones'."""

    def known(source):
        if source is None or not source.sha256:
            return source
        body = small[source.file]
        return dataclasses.replace(source, sha256=hashlib.sha256(body).hexdigest(), size=len(body))

    for name, found in list(SETS.items()):
        monkeypatch.setitem(
            SETS, name, dataclasses.replace(found, train=known(found.train), test=known(found.test))
        )


class Site:
    """What the server has and how it behaves; `asked` is what was asked of it: path and range."""

    def __init__(self, bodies):
        self.bodies = bodies
        self.asked = []
        self.ranges = True
        self.sizes = True  # Content-Length is sent; without it the end of the connection is the end
        self.status = {}  # path -> a status that is sent instead
        self.cut = {}  # path -> bytes after which the connection breaks, once

    def paths(self, part):
        return [path for path, _ in self.asked if part in path]


def handler(site):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_):
            pass

        def do_GET(self):
            path, span = self.path, self.headers.get("Range")
            site.asked.append((path, span))
            body = site.bodies.get(path)
            if status := site.status.get(path) or (404 if body is None else 0):
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
            start = 0
            if site.ranges and span and self.headers.get("If-Range") == tag:
                start = int(re.fullmatch(r"bytes=(\d+)-", span)[1])
            if start >= len(body) and start:
                self.send_response(416)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            self.send_response(206 if start else 200)
            if start:
                self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
            if site.sizes:
                self.send_header("Content-Length", str(len(body) - start))
            else:
                self.send_header("Connection", "close")
            if site.ranges:
                self.send_header("ETag", tag)
            self.end_headers()
            if (stop := site.cut.pop(path, None)) is not None:
                self.wfile.write(body[start:stop])
                self.close_connection = True
                return
            self.wfile.write(body[start:])

    return Handler


class Server(ThreadingHTTPServer):
    def handle_error(self, *_):
        """A client that hangs up is part of the tests."""


def git_hash(body):
    return hashlib.sha1(b"blob %d\0" % len(body) + body, usedforsecurity=False).hexdigest()


@pytest.fixture
def site(small):
    """A running server with all files of all sets at their paths, and GitHub's listing of the commit."""
    bodies, tree = {}, []
    for found in SETS.values():
        for source in found.sources:
            bodies[urlsplit(source.url).path] = small[source.file]
            if source.path:
                tree.append({"path": source.path, "type": "blob", "sha": git_hash(small[source.file])})
    listing = urlsplit(LISTING)
    bodies[f"{listing.path}?{listing.query}"] = json.dumps({"tree": tree, "truncated": False}).encode()
    served = Site(bodies)
    server = Server(("127.0.0.1", 0), handler(served))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    served.url = f"http://127.0.0.1:{server.server_port}"
    yield served
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def folder(small, tmp_path):
    """A folder with all files, as a person would save them."""
    place = tmp_path / "saved files"
    place.mkdir()
    for file, body in small.items():
        (place / file).write_bytes(body)
    return place

"""A small task with a recorded panel, a real server for it."""

import csv
import socket
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx2
import numpy as np
import pytest

from mollia.loop.run import run
from mollia.task.load import load_task
from mollia.web.opening import open_desk
from mollia.web.server import listen, make_server

CLASSES = ("sport", "science", "world_news")
WORDS = {
    "sport": ["match", "goal", "team", "coach", "league", "player", "score", "referee", "stadium", "season"],
    "science": [
        "cell",
        "planet",
        "atom",
        "theory",
        "experiment",
        "genome",
        "telescope",
        "laboratory",
        "quantum",
        "study",
    ],
    "world_news": [
        "minister",
        "treaty",
        "border",
        "election",
        "parliament",
        "embassy",
        "sanctions",
        "summit",
        "army",
        "vote",
    ],
}
COMMON = ["the", "a", "today", "of", "report", "says", "new", "after", "about", "people", "said", "year"]
SCRIPT = (
    "<script>document.title = 'owned'</script><img src=x onerror=\"document.title='owned'\"> goal &amp; match"
)
TASK = """
name = "newsroom"
instruction = "What is this text about?"
guidelines = "If in doubt, take what the first sentence is about."
[data]
path = "texts.csv"
id = "id"
{classes}
{panel}
[query]
rounds = 2
batch = 10
"""


def write_task(folder, classes=CLASSES, n=90):
    """Write texts.csv and task.toml; return the gold class numbers by id."""
    rng = np.random.default_rng(7)
    rows, gold = [], {}
    for i in range(n):
        k = int(rng.integers(len(CLASSES)))
        words = [*rng.choice(WORDS[CLASSES[k]], 4), *rng.choice(COMMON, 5)]
        text = SCRIPT if i == 3 else " ".join(rng.permutation(words)) + f" {i}"
        k = 0 if i == 3 else k
        said = [k if rng.random() < right else int(rng.integers(3)) for right in (0.85, 0.7, 0.55)]
        rows.append([f"r{i}", text, *(CLASSES[each] for each in said)])
        gold[f"r{i}"] = k
    with (folder / "texts.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["id", "text", "gemma", "yi", "qwen"], *rows])
    (folder / "task.toml").write_text(
        TASK.format(
            classes="\n".join(f'[[classes]]\nname = "{name}"' for name in classes),
            panel="\n".join(
                f'[[panel]]\nname = "{llm}"\nkind = "recorded"\npath = "texts.csv"'
                for llm in ("gemma", "yi", "qwen")
            ),
        ),
        "utf-8",
    )
    return gold


@dataclass
class Served:
    """A running page."""

    url: str  # the start URL
    desk: object
    fitter: object
    gold: dict

    @property
    def port(self):
        return urlsplit(self.url).port

    @property
    def origin(self):
        return f"http://127.0.0.1:{self.port}"

    def sent_raw(self, *pieces, pause=0.0):
        """Send pieces on a connection of its own; return what came back, and how many seconds it lived."""
        began, said = time.monotonic(), b""
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as raw, suppress(ConnectionError):
            for piece in pieces:
                raw.sendall(piece)
                time.sleep(pause)
            while some := raw.recv(4096):
                said += some
        return said, time.monotonic() - began

    @contextmanager
    def client(self, name="kim"):
        """A browser-like client that has entered, with the key its pages carry."""
        origin = {"Origin": self.origin}
        with httpx2.Client(base_url=self.origin, follow_redirects=True, headers=origin, timeout=30) as made:
            page = made.get(self.url)
            made.headers["X-Mollia-Key"] = page.text.split('"X-Mollia-Key": "')[1].split('"')[0]
            if name:
                made.post("/name", data={"name": name})
            yield made


@contextmanager
def serving(folder, gold, *, port=0, **options):
    """Serve the folder's task until the end of the block; by default its rows are in one random order, known beforehand."""
    options = {"strategy": "random", **options}
    ready, urls = threading.Event(), []
    with listen(port) as bound, open_desk(load_task(folder / "task.toml"), **options) as (desk, fitter):
        server = make_server(desk, fitter, bound, lambda url: (urls.append(url), ready.set()))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
        thread.start()
        assert ready.wait(20)
        try:
            yield Served(url=urls[0], desk=desk, fitter=fitter, gold=gold)
        finally:
            server.should_exit = True
            thread.join(20)


def ran_with(folder, seed):
    """Give the folder's task a seed file of class numbers by id, and run it."""
    lines = "".join(f"{id_},{CLASSES[k]}\n" for id_, k in seed.items())
    (folder / "seed.csv").write_text("id,label\n" + lines)
    task = folder / "task.toml"
    task.write_text(task.read_text().replace("[query]", '[seed]\npath = "seed.csv"\n[query]'))
    run(load_task(task))


@contextmanager
def serving_fitted(folder, gold, **options):
    """Serve the folder's task, its page fitted."""
    with serving(folder, gold, **options) as served:
        served.fitter.start()
        assert served.fitter.wait(120)
        assert served.fitter.failed == ""
        yield served


@pytest.fixture(scope="session")
def run_with():
    """`run_with(folder, {"r3": 0})` gives the folder's task human labels and runs it."""
    return ran_with


@pytest.fixture(scope="session")
def serve_fitted():
    """`with serve_fitted(folder, gold) as served`: the page of any folder's task, fitted."""
    return serving_fitted


@pytest.fixture(scope="session")
def make_task():
    """`make_task(folder, n=90)` writes a task and returns the gold class numbers by id."""
    return write_task


@pytest.fixture(scope="session")
def serve_folder():
    """`with serve_folder(folder, gold) as served`: the page of any folder's task."""
    return serving


@pytest.fixture
def serve(tmp_path):
    """`with serve(goal=25) as served`: the page of the same task each time, started anew."""
    gold = write_task(tmp_path)
    return lambda **options: serving(tmp_path, gold, **options)


@pytest.fixture
def served(serve):
    """The page of a fresh task, 25 rows to label."""
    with serve(goal=25) as page:
        yield page


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """One page for all tests of a module."""
    folder = tmp_path_factory.mktemp("shared")
    with serving(folder, write_task(folder), goal=25) as page:
        yield page

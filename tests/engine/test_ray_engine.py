"""The engine of many machines on a real cluster of three nodes; both engines keep the same promises."""

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import ray

from mollia.annotate.ask_panel import ask_panel
from mollia.annotate.budget import Budget
from mollia.annotate.question_keys import panel_keys
from mollia.arrays import one_hot
from mollia.encode import cached
from mollia.encode.cached import Cached
from mollia.engine.local import Local
from mollia.engine.ray_engine import Ray
from mollia.engine.ray_workers import KnownWorker
from mollia.errors import AnswerRefused, MissingExtra, ServerCannot
from mollia.ledger.sqlite_store import open_store
from mollia.loop.outputs import write_outputs
from mollia.loop.run import run
from mollia.records import Answer
from mollia.registry import find, names
from mollia.settings import PanelMember
from mollia.student.export import save
from mollia.student.frozen import FrozenStudent
from mollia.testing import check_annotator
from mollia.usecases.predict_file import predict_file

from .conftest import CLASSES, KEY, NODE, content, questions, until, written_task

ray.cloudpickle.register_pickle_by_value(sys.modules[__name__])  # the nodes cannot import a test


@pytest.fixture(scope="module")
def small(engine, cluster):
    """The same cluster, with one worker per LLM: each takes seconds to start."""
    made = Ray(address=cluster.address, workers=1)
    yield made
    made.close()


@pytest.fixture(scope="module")
def guarded(small, serve):
    """A server that wants a key, and an annotator on the cluster that asks it."""
    handler, member = serve(wanted=KEY)
    annotator = small.place(member.open(), member)
    yield handler, annotator
    annotator.close()


@pytest.fixture(params=names("engine"))
def any_engine(request):
    return request.getfixturevalue("small") if request.param == "ray" else find("engine", request.param)()


@pytest.fixture
def store(tmp_path):
    with open_store(tmp_path / "ledger.sqlite") as opened:
        yield opened


@contextlib.contextmanager
def placed(engine, member):
    annotator = engine.place(member.open(), member)
    yield annotator
    annotator.close()


def test_every_engine_asks_and_maps_as_its_protocol_says(any_engine, serve):
    _, member = serve()
    made = []

    def make():
        made.append(any_engine.place(member.open(), member))
        return made[-1]

    check_annotator(make)
    for each in made:
        each.close()
    batches = [(i, list(range(i))) for i in range(9)]
    assert list(any_engine.map(sum, iter(batches), helpers=1)) == [(i, sum(range(i))) for i in range(9)]
    assert list(any_engine.map(sum, iter([]), helpers=0)) == []
    unordered = any_engine.map(sum, iter(batches), helpers=0, ordered=False)
    assert sorted(unordered) == [(i, sum(range(i))) for i in range(9)]
    with pytest.raises(TypeError, match="unsupported operand"):
        list(any_engine.map(sum, iter([(0, ["a", "b"])]), helpers=0))


class Watched:
    """An engine whose workers a test may look at."""

    def __init__(self, engine):
        self._engine, self._annotators = engine, []

    def place(self, annotator, member, /):
        self._annotators.append(self._engine.place(annotator, member))
        return self._annotators[-1]

    def seen(self):
        return [worker for each in self._annotators for worker in each._workers._seen]


def outcome(task, engine):
    """What a run on an engine writes."""
    result = run(task, engine=engine)
    write_outputs(result, task.parent / "out")
    with open_store(task.parent / "out" / "ledger.sqlite") as ledger:
        noted = {key: value for key, value in ledger.manifest().items() if key.startswith("annotator ")}
        return (task.parent / "out" / "labels.csv").read_bytes(), content(ledger), noted


def test_a_run_that_loses_a_node_writes_what_a_local_run_writes_byte_for_byte(
    cluster, engine, serve, tmp_path
):
    n, (handler, member) = 200, serve()
    expected = outcome(written_task(tmp_path / "local", [member], n=n), Local())
    assert (len(handler.asked), len(expected[1])) == (n, n)

    handler.asked.clear()
    handler.delay = 2.0  # the workers start one after the other
    task = written_task(tmp_path / "cluster", [member], n=n)
    watched = Watched(engine)
    answered_before = []

    def kill():
        until(lambda: sum(bool(worker.given) for worker in watched.seen()) == 3)
        first = [worker.pending for worker in watched.seen()]
        until(lambda: all(worker.given and worker.pending not in {None, *first} for worker in watched.seen()))
        head = cluster.head_node.node_id
        node = next(worker.node for worker in watched.seen() if worker.node != head)
        cluster.remove_node(
            next(each for each in cluster.list_all_nodes() if each.node_id == node), allow_graceful=False
        )
        answered_before.append(len(handler.asked))
        handler.delay = 0.02

    killer = threading.Thread(target=kill)
    killer.start()
    found = outcome(task, watched)
    killer.join()
    cluster.add_node(**NODE)
    assert 0 < answered_before[0] < n, "the node died in the middle"
    assert found == expected
    again = len(handler.asked) - n
    assert 0 < again <= 2 * member.concurrency, "what one worker held is asked again, and nothing else"

    handler.asked.clear()
    assert outcome(task, engine) == expected
    assert handler.asked == [], "nothing that is answered is asked again"


class Frail(PanelMember):
    """A foreign kind whose process dies at some texts, or which some machines cannot open."""

    kind: str = "frail"
    dies_at: str = ""
    opened: str = ""  # a file that counts the openings
    here = True

    def open(self):
        if self.opened:
            with Path(self.opened).open("a") as file:
                file.write("x")
            if len(Path(self.opened).read_text()) == 2:
                raise MissingExtra("This node lacks a library.", hint="Install it.")
        return FrailAnnotator(self)


class FrailAnnotator:
    live, parallel = True, 1

    def __init__(self, member):
        self.name, self._member = member.name, member

    def fingerprint(self):
        return ""

    def probe(self, _questions, /):
        return None

    def annotate(self, asked, /):
        for question in asked:
            if self._member.dies_at and question.prompt.user.endswith(f" {self._member.dies_at}\nClass:"):
                os._exit(1)
            yield Answer(
                key=question.key, text_id=question.text_id, llm=self.name, replies=(CLASSES[0],), calls=1
            )
            while self._member.opened and len(Path(self._member.opened).read_text()) < 2:
                time.sleep(0.02)  # for the other worker

    def close(self):
        pass


def test_a_text_that_kills_every_worker_becomes_a_failure_and_the_others_are_answered(small, store):
    with placed(small, Frail(name="frail", dies_at="3")) as annotator:
        result = ask_panel(questions(12), [annotator], store)
        assert result.asked == 12
        assert result.problems["frail"].keys() == {"worker died"}
        failed = {answer.text_id for answer in store.all_answers() if answer.problem is not None}
        assert "3" in failed
        assert len(failed) <= 2, "what the worker held beside it may fail too"
        keys = panel_keys(questions(12), [annotator])["frail"]
        keyed = [replace(each, key=key) for each, key in zip(questions(12), keys, strict=True)]
        assert {each.text_id for each in store.missing(keyed, llm="frail")} == failed, "they are asked again"


def test_a_node_that_lacks_what_the_llm_needs_is_done_without(cluster, engine, store, tmp_path, caplog):
    two = Ray(address=cluster.address, workers=2)
    with placed(two, Frail(name="frail", opened=str(tmp_path / "openings"))) as annotator:
        (tmp_path / "openings").write_text("")  # the one here does not count
        result = ask_panel(questions(40), [annotator], store)
    assert (result.asked, result.problems, result.stopped) == (40, {}, {})
    assert "done without: This node lacks" in caplog.text


def test_a_refused_key_stops_the_llm_as_it_does_without_a_cluster(small, serve, store):
    handler, member = serve(wanted=KEY)
    handler.wanted = "another key"
    said = []
    for engine in (small, Local()):
        with placed(engine, member) as annotator, pytest.raises(AnswerRefused) as found:
            ask_panel(questions(20), [annotator], store)
        said.append((str(found.value), found.value.calls))
    assert said[0] == said[1]
    assert KEY not in said[0][0]


def test_rows_that_a_server_refuses_are_failures_and_asked_again_later(guarded, store):
    handler, annotator = guarded
    handler.refused = {f"text {i}" for i in range(1, 40, 8)}
    result = ask_panel(questions(40), [annotator], store)
    assert (result.asked, result.stopped) == (40, {})
    assert sum(result.problems["gemma"].values()) == 5
    handler.refused = ()
    again = ask_panel(questions(40), [annotator], store)
    assert (again.asked, again.reused, again.problems) == (5, 35, {})


def test_caps_hold_on_the_cluster(guarded, store):
    handler, annotator = guarded
    handler.asked.clear()
    result = ask_panel(questions(60), [annotator], store, budget=Budget(calls=25))
    assert "budget of 25 calls" in result.partial
    assert (result.asked, len(handler.asked)) == (25, 25)


def test_keys_are_read_on_the_nodes_and_reach_no_log_of_theirs(guarded, store, cluster):
    _, annotator = guarded
    assert ask_panel(questions(20), [annotator], store).problems == {}
    logs = [path for path in Path(cluster.head_node.get_session_dir_path()).rglob("*") if path.is_file()]
    assert len(logs) > 10
    assert [path.name for path in logs if KEY.encode() in path.read_bytes()] == []


def test_a_worker_of_another_mollia_is_refused(guarded):
    _, annotator = guarded
    with pytest.raises(ServerCannot, match=r"mollia 0\.0\.1") as found:
        annotator._workers._is_up(KnownWorker(actor=None, pending=None), "0.0.1")
    assert "same version" in found.value.hint


def test_the_command_asks_from_the_cluster_and_leaves_no_process_behind(cluster, serve, tmp_path):
    handler, member = serve()
    task = written_task(tmp_path, [member], n=40)
    words = [
        "annotate",
        str(task),
        "--quiet",
        "--engine",
        "ray",
        "--workers",
        "1",
        "--address",
        cluster.address,
    ]
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "mollia", *words], capture_output=True, text=True, check=False
    )
    assert (done.returncode, len(handler.asked)) == (0, 40), done.stdout + done.stderr
    assert done.stdout.startswith("40 answers came in")
    assert done.stderr == ""


class Dying:
    """Encodes a piece; tells which texts it begins with, and ends its process once at one of them."""

    def __init__(self, encoder, folder, dies_at):
        self.encoder, self.folder, self.dies_at = encoder, folder, dies_at

    def __call__(self, texts):
        with (self.folder / "begun").open("a", encoding="utf-8") as file:
            file.write(f"{os.getpid()} {texts[0]}\n")
        if texts[0] == self.dies_at and not (self.folder / "died").exists():
            (self.folder / "died").touch()
            os._exit(1)
        return self.encoder(texts)


class Fragile:
    """The engine, on which the process that encodes some text ends."""

    def __init__(self, engine, folder, dies_at):
        self.engine, self.folder, self.dies_at = engine, folder, dies_at

    def map(self, work, batches, /, **how):
        return self.engine.map(Dying(work, self.folder, self.dies_at), batches, **how)


def test_texts_are_encoded_on_the_cluster_as_they_are_here_and_a_death_costs_one_piece(
    engine, serve, store, minilm, tmp_path, monkeypatch
):
    _, member = serve()
    asking = engine.place(member.open(), member)
    ask_panel(questions(9), [asking], store)  # its workers stay, on nodes of one core
    monkeypatch.setattr(cached, "CHUNK", 8)
    texts = [f"{'so very ' * (i % 7)}late, number {i}" for i in range(60)]
    expected = Cached(minilm, tmp_path / "here.sqlite").encode(texts)
    found = Cached(minilm, tmp_path / "there.sqlite", engine=Fragile(engine, tmp_path, texts[24])).encode(
        texts
    )
    assert found.tobytes() == expected.tobytes()
    begun = [line.split(" ", 1) for line in (tmp_path / "begun").read_text("utf-8").splitlines()]
    assert Counter(text for _, text in begun) == {text: 1 + (text == texts[24]) for text in texts[::8]}
    assert os.getpid() not in {int(process) for process, _ in begun}
    asking.close()


def test_texts_are_labelled_on_the_cluster_as_they_are_here(cluster, tmp_path):
    y = np.arange(60) % 3
    texts = [f"{name.lower()} please {number}" for number, name in enumerate(np.array(CLASSES)[y])]
    student = save(FrozenStudent().fit(texts, one_hot(y, 3)), tmp_path / "student", CLASSES)
    file = tmp_path / "new.csv"
    file.write_text("id,text\n" + "".join(f"{i},{text}\n" for i, text in enumerate([*texts, ""])), "utf-8")
    predict_file(student, file, out=tmp_path / "local.csv")
    words = ["predict", student, file, "--out", tmp_path / "cluster.csv", "--quiet"]
    words += ["--engine", "ray", "--address", cluster.address]
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "mollia", *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("60/61 texts labelled")
    assert (tmp_path / "cluster.csv").read_bytes() == (tmp_path / "local.csv").read_bytes()

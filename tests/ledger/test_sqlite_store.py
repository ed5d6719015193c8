import os
import signal
import sqlite3
import subprocess
import sys
import uuid
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mollia.errors import StoreError
from mollia.ledger.human_table import TAKEN_BACK, UNSURE
from mollia.ledger.migrations import APPLICATION_ID, MIGRATIONS
from mollia.ledger.sqlite_store import open_store
from mollia.records import Answer, HumanLabels, Prompt, Question, Round


def answer(key="k1", llm="gemma", **fields):
    return Answer(key=key, text_id="t1", llm=llm, **fields)


def question(key):
    return Question(
        key=key, text_id=key, prompt=Prompt(system="", user=key), classes=(("a",), ("b",)), samples=1
    )


@pytest.fixture
def store(tmp_path):
    with open_store(tmp_path / "new folder é" / "ledger.sqlite") as opened:
        yield opened


def same(a, b):
    vectors = ("label_logprobs", "votes")
    for name in vectors:
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name))
    np.testing.assert_array_equal(a.unseen_mass, b.unseen_mass)  # NaN is NaN; SQLite knows one zero
    bare = dict.fromkeys(vectors) | {"unseen_mass": 0.0}
    return replace(a, **bare) == replace(b, **bare)


numbers = st.floats(allow_nan=True, allow_infinity=True)
vectors = st.none() | st.lists(numbers, min_size=1, max_size=5).map(np.array)


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.builds(
        Answer,
        key=st.just(""),
        text_id=st.text(st.characters(codec="utf-8")),
        llm=st.sampled_from(["gemma", "yi"]),
        replies=st.lists(st.text(st.characters())).map(tuple),  # half surrogate pairs too
        label_logprobs=vectors,
        votes=vectors,
        unseen_mass=numbers,
        prompt_tokens=st.integers(0, 2**62),
        reply_tokens=st.integers(0, 2**62),
        seconds=st.floats(0, 1e9),
        calls=st.integers(0, 99),
        problem=st.none() | st.text(st.characters(codec="utf-8")),
    )
)
def test_an_answer_comes_back_exactly_as_it_was_stored(store, drawn):
    given_answer = replace(drawn, key=uuid.uuid4().hex)
    assert store.add([given_answer]) == 1
    (found,) = store.answers([given_answer.key], llms=[given_answer.llm])
    assert same(found, given_answer)


def test_a_failure_never_serves_as_an_answer_and_a_later_success_replaces_it(store):
    store.add([answer(problem="HTTP 500", calls=3, prompt_tokens=10)])
    assert [q.key for q in store.missing([question("k1")], llm="gemma")] == ["k1"]
    assert store.add([answer(replies=("a",), calls=1, prompt_tokens=5)]) == 1
    assert store.missing([question("k1")], llm="gemma") == []
    (found,) = store.answers(["k1"], llms=["gemma"])
    assert (found.problem, found.replies) == (None, ("a",))
    assert (found.calls, found.prompt_tokens) == (4, 15), "what the failed tries cost is kept"


def test_a_success_is_replaced_by_nothing(store):
    store.add([answer(replies=("a",))])
    assert store.add([answer(replies=("b",)), answer(problem="HTTP 500")]) == 0
    (found,) = store.answers(["k1"], llms=["gemma"])
    assert (found.problem, found.replies) == (None, ("a",))


def test_missing_names_each_question_once_and_only_for_the_llm_that_lacks_it(store):
    store.add([answer("k1", "gemma"), answer("k2", "yi")])
    asked = [question(k) for k in ("k3", "k1", "k2", "k3", "k2")]
    assert [q.key for q in store.missing(asked, llm="gemma")] == ["k3", "k2"]
    assert [q.key for q in store.missing(asked, llm="yi")] == ["k3", "k1"]


def test_a_batch_is_stored_as_a_whole_or_not_at_all(store):
    def dies():
        yield answer("k1")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.add(dies())
    assert list(store.all_answers()) == []
    assert store.add([answer("k1")]) == 1


def test_costs_are_summed_by_llm_with_failures_apart(store):
    assert store.spent() == []
    store.add([answer("k1", "yi", calls=2, prompt_tokens=10, seconds=0.5), answer("k1", calls=1)])
    store.add([answer("k2", "yi", problem="HTTP 500", calls=3, reply_tokens=4)])
    yi, gemma = store.spent()
    assert (yi.llm, yi.answers, yi.failures, yi.calls) == ("yi", 2, 1, 5)
    assert (yi.prompt_tokens, yi.reply_tokens, yi.seconds) == (10, 4, 0.5)
    assert (gemma.llm, gemma.answers, gemma.calls) == ("gemma", 1, 1)


def test_the_version_tells_that_someone_wrote(store):
    seen = store.version()
    assert store.version() == seen
    store.add([answer("k1")])
    assert store.version() != seen
    seen = store.version()
    with open_store(store.path, beside=True) as other:
        other.add_human(HumanLabels(ids=("a",), y=[0], chance=[0.5]))
    assert store.version() != seen


def test_human_labels_keep_use_and_chance_and_the_newest_wins(store):
    store.add_human(HumanLabels(ids=("a", "b", "c"), y=[1, 0, 2], chance=[0.5, np.nan, 0.1]))
    store.add_human(HumanLabels(ids=("b",), y=[2], chance=[1.0]), annotator="kim")
    store.add_human(HumanLabels(ids=("c",), y=[-1], chance=[np.nan]))
    store.add_human(HumanLabels(ids=("z",), y=[0], chance=[0.1], use="audit"))
    seed = store.human("seed")
    assert (seed.ids, seed.y.tolist()) == (("a", "b"), [1, 2]), "-1 takes a label back"
    np.testing.assert_array_equal(seed.chance, [0.5, 1.0])
    assert store.human("audit").ids == ("z",)
    assert len(store.human("review")) == 0


def test_people_are_kept_apart_each_with_their_newest_word(store):
    def say(text_id, y, who, note=""):
        store.add_human(HumanLabels(ids=(text_id,), y=[y], chance=[0.5]), annotator=who, note=note)

    say("a", 1, "kim")
    say("a", 0, "ana", "looks like both")
    say("b", UNSURE, "kim", "no idea")
    say("a", 2, "kim")
    assert [(s.text_id, s.annotator, s.y, s.note) for s in store.said("seed")] == [
        ("a", "ana", 0, "looks like both"),
        ("b", "kim", UNSURE, "no idea"),
        ("a", "kim", 2, ""),
    ]
    assert (store.human("seed").ids, store.human("seed").y.tolist()) == (("a",), [2])
    say("a", TAKEN_BACK, "kim")
    assert store.human("seed").y.tolist() == [0], "what others said of the row stays"


def test_classes_in_a_new_order_keep_what_each_person_said(store):
    store.add_human(HumanLabels(ids=("a", "b"), y=[0, 2], chance=[0.5, 0.5]), annotator="kim", note="n")
    store.add_human(
        HumanLabels(ids=("a", "c"), y=[1, UNSURE], chance=[0.5, 0.5], use="audit"), annotator="ana"
    )
    store.renumber_human([2, 0, -1], {"classes": ["y", "z", "x"]})
    assert [(s.text_id, s.annotator, s.y, s.note) for s in store.said("seed")] == [("a", "kim", 2, "n")]
    assert [(s.text_id, s.y) for s in store.said("audit")] == [("a", 0), ("c", UNSURE)]
    assert store.manifest() == {"classes": ["y", "z", "x"]}


def test_people_label_beside_a_run_that_writes(tmp_path):
    path = tmp_path / "ledger.sqlite"
    with open_store(path) as run, open_store(path, beside=True) as page:
        page.add_human(HumanLabels(ids=("a",), y=[1], chance=[0.5]), annotator="kim")
        run.add([answer()])
        assert run.human("seed").ids == ("a",)
        assert len(list(page.all_answers())) == 1
    with open_store(path, beside=True) as page, open_store(path) as run:
        page.add_human(HumanLabels(ids=("b",), y=[0], chance=[0.5]), annotator="kim")
        assert run.human("seed").ids == ("a", "b")


def of_the_first_version(path):
    """Write a ledger as version 1 did: a label, a failure, and an answer that is older than it."""
    db = sqlite3.connect(path, isolation_level=None)
    MIGRATIONS[0](db)
    db.execute("INSERT INTO human VALUES (1, 'seed', 'a', 1, 0.5, 'kim', 0)")
    db.executemany(
        "INSERT INTO answers VALUES (?, 'gemma', 't1', '[\"a\"]', NULL, NULL, 0, 5, 1, 0.5, 1, ?, 0)",
        [("k2", None), ("k1", "HTTP 500")],
    )
    db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    db.execute("PRAGMA user_version = 1")
    db.close()


def test_a_ledger_of_the_first_version_keeps_its_labels_and_answers(tmp_path):
    path = tmp_path / "ledger.sqlite"
    of_the_first_version(path)
    asked = [question("k1"), question("k2")]
    with open_store(path, read_only=True) as store:
        assert [q.key for q in store.missing(asked, llm="gemma")] == ["k1"]
    with open_store(path, beside=True) as store:
        assert [(s.text_id, s.y, s.note) for s in store.said("seed")] == [("a", 1, "")]
    with open_store(path) as store:
        assert [q.key for q in store.missing(asked, llm="gemma")] == ["k1"]
        assert store.add([answer("k2", replies=("b",)), answer("k1", replies=("b",), prompt_tokens=5)]) == 1
        found = [(a.key, a.replies, a.prompt_tokens, a.problem) for a in store.all_answers()]
        assert found == [("k2", ("a",), 5, None), ("k1", ("b",), 10, None)]


def test_rounds_and_manifest_come_back_in_order_and_as_they_were(store):
    first = Round(number=1, asked=("a", "b"), alpha=0.5, lambda_=0.52, seconds=1.5, scores={"student": 0.7})
    second = Round(number=2, asked=(), alpha=1.0, lambda_=float("nan"))
    store.add_round(second)
    store.add_round(replace(first, alpha=0.1))
    store.add_round(first)
    found = store.rounds()
    assert found[0] == first
    assert (found[1].number, found[1].asked, np.isnan(found[1].lambda_)) == (2, (), True)
    store.forget_rounds()
    assert store.rounds() == []
    store.note({"classes": ["a", "b"], "picked": {"round": 3}})
    store.note({"classes": ["b"]})
    assert store.manifest() == {"classes": ["b"], "picked": {"round": 3}}


def test_a_ledger_is_read_beside_its_writer_but_not_written(store):
    store.add([answer()])
    with open_store(store.path, read_only=True) as reader:
        assert len(list(reader.all_answers())) == 1
        store.add([answer("k2")])
        assert len(list(reader.all_answers())) == 2
        with pytest.raises(StoreError, match="reading only"):
            reader.add([answer("k3")])


def python(code, *words, **options):
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, words)], stdout=subprocess.PIPE, text=True, **options
    )


def test_a_second_process_is_told_and_damages_nothing(store):
    code = "import sys; from mollia.ledger.sqlite_store import open_store; open_store(sys.argv[1])"
    other = python(code, store.path, stderr=subprocess.PIPE)
    _, said = other.communicate(timeout=60)
    assert f"being written by another run (process {os.getpid()})" in said
    assert store.add([answer()]) == 1


def test_a_killed_writer_leaves_the_ledger_open_to_the_next(tmp_path):
    code = """
import sys
from mollia.ledger.migrations import APPLICATION_ID, MIGRATIONS
from mollia.ledger.sqlite_store import open_store
from mollia.ledger.human_table import TAKEN_BACK, UNSURE
from mollia.records import Answer
open_store(sys.argv[1]).add([Answer(key="k1", text_id="t1", llm="yi")])
print("stored", flush=True)
sys.stdin.read()
"""
    path = tmp_path / "ledger.sqlite"
    with python(code, path, stdin=subprocess.PIPE) as other:
        assert other.stdout.readline() == "stored\n"
        other.send_signal(signal.SIGKILL)
        other.wait()
    with open_store(path) as opened:
        assert [a.key for a in opened.all_answers()] == ["k1"]


def test_a_write_ahead_log_cut_in_half_loses_its_last_commit_alone(tmp_path):
    path = tmp_path / "ledger.sqlite"
    with open_store(path) as opened:
        opened.add([answer("k1")])
        opened.add([answer("k2", replies=("x" * 20_000,))])
        log = path.with_name("ledger.sqlite-wal").read_bytes()
        main = path.read_bytes()
    torn = tmp_path / "torn.sqlite"
    torn.write_bytes(main)
    torn.with_name("torn.sqlite-wal").write_bytes(log[: len(log) - 10_000])
    with open_store(torn) as opened:
        assert [q.key for q in opened.missing([question("k1"), question("k2")], llm="gemma")] == ["k2"]


def test_refused_files_are_named_with_what_is_wrong(tmp_path):
    text = tmp_path / "text.sqlite"
    text.write_text("id,label\n1,a\n" * 100)
    with pytest.raises(StoreError, match="not an SQLite file"):
        open_store(text)
    other = tmp_path / "other.sqlite"
    with sqlite3.connect(other) as db:
        db.execute("CREATE TABLE cats (name)")
    db.close()
    with pytest.raises(StoreError, match="another program"):
        open_store(other)
    with pytest.raises(StoreError, match="folder"):
        open_store(tmp_path)
    with pytest.raises(StoreError, match="no ledger"):
        open_store(tmp_path / "none.sqlite", read_only=True)
    assert text.read_text().startswith("id,label"), "a refused file is left as it is"


def test_a_newer_ledger_is_refused(tmp_path):
    path = tmp_path / "ledger.sqlite"
    open_store(path).close()
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(StoreError, match="newer mollia"):
        open_store(path)


def test_a_damaged_ledger_is_refused_and_can_be_opened_no_further(tmp_path):
    path = tmp_path / "ledger.sqlite"
    with open_store(path) as opened:
        opened.add(answer(f"k{i}", replies=("x" * 300,)) for i in range(500))
    content = bytearray(path.read_bytes())
    content[4096 * 3 : 4096 * 9] = os.urandom(4096 * 6)
    path.write_bytes(content)
    with pytest.raises(StoreError, match=str(path)):
        open_store(path)

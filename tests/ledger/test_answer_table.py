import sqlite3

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mollia.ledger import answer_table
from mollia.ledger.sqlite_store import open_store
from mollia.records import Answer, Prompt, Question

LLMS = ("gemma", "yi")


def answer(key, llm="gemma", **fields):
    return Answer(key=key, text_id="t", llm=llm, **fields)


def question(key):
    return Question(key=key, text_id="", prompt=Prompt(system="", user="x"), classes=(("a",),), samples=1)


def missing(store, keys, llm="gemma"):
    return [each.key for each in store.missing([question(key) for key in keys], llm=llm)]


@pytest.fixture(scope="module", autouse=True)
def small_pieces():
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"KEPT": 10, "AT_ONCE": 4, "LOOKUP": 3}.items():
            patch.setattr(answer_table, name, value)
        yield


class Expected:
    """What a ledger must hold: problem, replies and calls by LLM and key."""

    def __init__(self):
        self.held = {}

    def add(self, answers):
        changed = 0
        for each in answers:
            before = self.held.get((each.llm, each.key))
            if before is None or before[0]:
                calls = each.calls + (before[2] if before else 0)
                self.held[each.llm, each.key] = (each.problem, each.replies, calls)
                changed += 1
        return changed


names = [str(number) for number in range(40)]
one = st.tuples(st.sampled_from(names), st.sampled_from(LLMS), st.none() | st.just("HTTP 500"))
batch = st.tuples(st.lists(one, max_size=30), st.sampled_from(["breaks", "reopens", ""]))


@settings(max_examples=20, deadline=None)
@given(batches=st.lists(batch, max_size=8))
def test_each_key_and_llm_has_one_answer_the_first_success_whatever_breaks_or_is_reopened(
    batches, tmp_path_factory
):
    path, expected = tmp_path_factory.mktemp("table") / "ledger.sqlite", Expected()
    store = open_store(path)
    with open_store(path, read_only=True) as reader:
        for number, (some, then) in enumerate(batches):
            answers = [answer(k, llm, problem=p, calls=1, replies=(str(number),)) for k, llm, p in some]
            if then == "breaks":
                with pytest.raises(AttributeError):
                    store.add([*answers, None])
            else:
                assert store.add(answers) == expected.add(answers)
            if then == "reopens":
                store.close()
                store = open_store(path)
            for llm in LLMS:
                lacks = [key for key in names if expected.held.get((llm, key), ("none",))[0]]
                assert missing(store, names, llm) == missing(reader, names, llm) == lacks
    found = {(a.llm, a.key): (a.problem, a.replies, a.calls) for a in store.all_answers()}
    assert list(found.items()) == list(expected.held.items()), "in the order in which they came"
    assert store.spent() == [] or sum(each.answers for each in store.spent()) == len(found)
    store.close()


@pytest.fixture
def ledger(tmp_path):
    """A ledger of 45 answers, whose hashes are written down but for a few."""
    path = tmp_path / "ledger.sqlite"
    with open_store(path) as store:
        for first in range(0, 45, 9):
            store.add(answer(str(key)) for key in range(first, first + 9))
    assert changed(path, "SELECT COUNT(*) FROM answer_keys") == [(2,)]
    return path


def changed(path, *statements):
    with sqlite3.connect(path) as db:
        for each in statements:
            rows = db.execute(each).fetchall()
    db.close()
    return rows


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE answer_keys SET entries = zeroblob(length(entries)) WHERE last = (SELECT MIN(last) FROM answer_keys)",
        "UPDATE answer_keys SET entries = x'' WHERE last = (SELECT MAX(last) FROM answer_keys)",
        "DELETE FROM answer_keys",
        "DELETE FROM answer_keys WHERE last = (SELECT MIN(last) FROM answer_keys)",
    ],
)
def test_hashes_that_were_harmed_are_made_again_from_the_keys(ledger, harm):
    changed(ledger, harm)
    with open_store(ledger) as store:
        assert store.add(answer(str(key)) for key in range(45)) == 0
        assert store.add(answer(str(key)) for key in range(45, 60)) == 15
    with open_store(ledger) as store:
        assert missing(store, map(str, range(62))) == ["60", "61"]
        assert len(list(store.all_answers())) == 60


def test_answers_that_somebody_deleted_are_missing_and_can_be_stored_again(ledger):
    changed(ledger, "DELETE FROM answers WHERE number > 30 OR number = 3")
    for _ in range(2):
        with open_store(ledger) as store:
            gone = missing(store, map(str, range(45)))
            store.add(map(answer, gone))
    assert gone == []
    assert changed(ledger, "SELECT COUNT(*), COUNT(DISTINCT key) FROM answers") == [(45, 45)]


def test_two_keys_of_one_hash_are_two_answers(tmp_path, monkeypatch):
    monkeypatch.setattr(answer_table, "hashes_of", lambda keys: answer_table.np.zeros(len(list(keys)), "u8"))
    with open_store(tmp_path / "ledger.sqlite") as store:
        assert store.add([answer("a"), answer("b"), answer("a")]) == 2
        assert store.add([answer("b", "yi"), answer("b")]) == 1
        assert missing(store, ["a", "b", "c"]) == ["c"]
        assert missing(store, ["a", "b", "c"], "yi") == ["a", "c"]
        assert [each.key for each in store.answers(["b"], llms=["gemma"])] == ["b"]

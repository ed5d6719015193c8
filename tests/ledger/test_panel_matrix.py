import numpy as np
import pytest

from mollia.errors import DataError
from mollia.ledger.panel_matrix import panel_matrix, without_llms
from mollia.ledger.sqlite_store import open_store
from mollia.records import Answer

CLASSES = (("a",), ("b",), ("c",))


class Read:
    def __init__(self, reply, classes):
        self.label = [name for (name,) in classes].index(reply) if (reply,) in classes else -1
        self.reason = "" if self.label >= 0 else "unknown"


@pytest.fixture
def store(tmp_path):
    with open_store(tmp_path / "ledger.sqlite") as opened:
        yield opened


def add(store, key, **fields):
    store.add([Answer(key=key, text_id="t", llm=fields.pop("llm", "yi"), **fields)])


def matrix(store, keys, **by_llm):
    ids = [f"t{i}" for i in range(len(keys))]
    return panel_matrix(store, {"yi": keys, **by_llm}, ids, CLASSES, parse=Read)


def test_z_is_read_from_log_probabilities_and_never_sums_to_more_than_one(store):
    add(store, "k1", label_logprobs=np.array([np.log(0.5), -np.inf, np.nan]))
    add(store, "k2", label_logprobs=np.log([0.9, 0.6, 0.5]))
    z = matrix(store, ["k1", "k2"]).answers.z[:, 0]
    np.testing.assert_allclose(z[0], [0.5, 0, 0])
    np.testing.assert_allclose(z[1], [0.45, 0.3, 0.25])


def test_c_counts_parsed_replies_over_all_and_is_not_rescaled(store):
    add(store, "k1", replies=("a", "a", "b", "dunno"))
    panel = matrix(store, ["k1"])
    np.testing.assert_allclose(panel.answers.c[0, 0], [0.5, 0.25, 0])
    assert panel.unparsed == {"yi": {"unknown": 1}}


def test_recorded_shares_stand_in_where_no_reply_was_kept(store):
    add(store, "k1", votes=np.array([0.7, 0.1, 0.0]))
    np.testing.assert_allclose(matrix(store, ["k1"]).answers.c[0, 0], [0.7, 0.1, 0])


def test_a_failure_was_asked_and_says_nothing_and_what_was_never_asked_was_not(store):
    add(store, "k1", problem="HTTP 500: oops")
    add(store, "k2", replies=("b",))
    panel = matrix(store, ["k1", "k2", "k3"], gemma=["k1", "k2", "k3"])
    assert panel.answers.asked.tolist() == [[True, False], [True, False], [False, False]]
    assert not panel.answers.c[0].any()
    assert panel.problems == {"yi": {"HTTP 500": 1}, "gemma": {}}
    assert panel.answers.llms == ("yi", "gemma")


def test_rows_that_share_a_question_share_its_answer(store):
    add(store, "k1", replies=("c",))
    np.testing.assert_allclose(matrix(store, ["k1", "k1"]).answers.c[:, 0], [[0, 0, 1], [0, 0, 1]])


def test_rows_with_hardly_any_mass_on_the_labels_are_counted(store):
    add(store, "k1", label_logprobs=np.log([0.004, 0.002, 0.001]), unseen_mass=0.993)
    add(store, "k2", label_logprobs=np.log([0.4, 0.2, 0.1]))
    assert matrix(store, ["k1", "k2"]).thin == {"yi": 1}


def test_answers_to_another_number_of_classes_are_refused(store):
    add(store, "k1", label_logprobs=np.log([0.5, 0.5]))
    with pytest.raises(DataError, match="2 probabilities, the task has 3"):
        matrix(store, ["k1"])
    with pytest.raises(DataError, match="1 question keys for 2 rows"):
        matrix(store, ["k2", "k3"], gemma=["k2"])


def test_what_is_known_of_the_other_llms_stays_without_one(store):
    add(store, "k1", replies=("dunno",))
    add(store, "k2", llm="qwen", replies=("what", "b"))
    both = matrix(store, ["k1"], qwen=["k2"])
    left = without_llms(both, ["yi"])
    assert left.answers.llms == ("qwen",)
    assert left.unparsed == {"qwen": {"unknown": 1}}
    assert left.unnamed == {"qwen": both.unnamed["qwen"]}
    np.testing.assert_array_equal(left.answers.c[:, 0], both.answers.c[:, 1])
    assert left.names_none.shape == (1, 1)

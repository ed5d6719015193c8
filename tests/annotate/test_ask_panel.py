import signal
import threading
import time

import numpy as np
import pytest

from mollia.annotate.ask_panel import ask_panel
from mollia.annotate.budget import Budget, Price
from mollia.annotate.question_keys import panel_keys
from mollia.annotate.recorded import RecordedAnnotator
from mollia.errors import AnswerRefused, QuotaReached
from mollia.ledger.panel_matrix import panel_matrix
from mollia.ledger.sqlite_store import open_store
from mollia.records import Answer
from mollia.replies.parse import parse_reply

from .asked import questions_about

CLASSES = ["Refund", "Delivery"]


class Echo:
    """A live annotator in this process: answers from a function, counts what it was asked."""

    live = True
    parallel = 1

    def __init__(self, name="echo", reply=lambda _q: "Refund", print_="1", cost=(1, 10, 2)):
        self.name, self.reply, self.print, self.cost = name, reply, print_, cost
        self.asked = []

    def fingerprint(self):
        return self.print

    def annotate(self, questions):
        for question in questions:
            self.asked.append(question.text_id)
            reply = self.reply(question)
            calls, prompt, replied = self.cost
            shared = {"key": question.key, "text_id": question.text_id, "llm": self.name, "calls": calls}
            if isinstance(reply, Exception):
                raise reply
            if reply is None:
                yield Answer(**shared, problem="HTTP 500: oops")
            else:
                yield Answer(**shared, replies=(reply,), prompt_tokens=prompt, reply_tokens=replied)

    def close(self):
        pass


@pytest.fixture
def store(tmp_path):
    with open_store(tmp_path / "ledger.sqlite") as opened:
        yield opened


def questions(n=20, **settings):
    texts = [f"text number {i}" for i in range(n)]
    return questions_about(
        [str(i) for i in range(n)], texts, instruction="Which?", classes=CLASSES, **{"samples": 1} | settings
    )


def test_what_the_ledger_holds_is_not_asked_again(store):
    first, second = Echo(), Echo()
    assert ask_panel(questions(), [first], store).asked == 20
    result = ask_panel(questions(25), [second], store)
    assert (result.asked, result.reused, second.asked) == (5, 20, ["20", "21", "22", "23", "24"])


@pytest.mark.parametrize(
    "changed", [{"samples": 2}, {"temperature": 0.1}, {"top_p": 0.5}, {"guidelines": "be strict"}]
)
def test_a_setting_that_can_change_the_answer_asks_anew(store, changed):
    ask_panel(questions(), [Echo()], store)
    assert ask_panel(questions(**changed), [Echo()], store).asked == 20
    assert ask_panel(questions(), [Echo(print_="another model")], store).asked == 20
    assert ask_panel(questions(), [Echo()], store).asked == 0


def test_label_order_is_part_of_the_question(store):
    ask_panel(questions(), [Echo()], store)
    turned = questions_about(["0"], ["text number 0"], instruction="Which?", classes=CLASSES[::-1], samples=1)
    assert ask_panel(turned, [Echo()], store).asked == 1


def test_a_failure_is_asked_again_and_alone(store):
    sick = Echo(reply=lambda q: None if q.text_id == "3" else "Refund")
    result = ask_panel(questions(), [sick], store)
    assert (result.asked, result.problems) == (20, {"echo": {"HTTP 500": 1}})
    healthy = Echo()
    assert ask_panel(questions(), [healthy], store).problems == {}
    assert healthy.asked == ["3"]


def test_equal_texts_are_asked_once_and_all_rows_get_the_answer(store):
    ids, texts = ["a", "b", "c"], ["same", "other", "same "]
    asked = questions_about(ids, texts, instruction="Which?", classes=CLASSES, samples=1)
    echo = Echo()
    ask_panel(asked, [echo], store)
    assert echo.asked == ["a", "b"]
    panel = panel_matrix(store, panel_keys(asked, [echo]), ids, [[c] for c in CLASSES], parse=parse_reply)
    assert panel.answers.c[:, 0].tolist() == [[1, 0]] * 3


def test_a_blank_text_costs_no_call_and_is_a_named_problem(store):
    asked = questions_about(["a", "b"], [" \n", "text"], instruction="Which?", classes=CLASSES)
    echo = Echo()
    result = ask_panel(asked, [echo], store)
    assert (echo.asked, result.problems, result.calls) == (["b"], {"echo": {"empty text": 1}}, 1)


@pytest.mark.parametrize(
    ("budget", "spent", "named"),
    [
        (Budget(calls=7), 7, "budget of 7 calls"),
        (Budget(tokens=60), 5, "budget of 60 tokens"),
        (Budget(money=0.5), 5, "budget of 0.5 money"),
    ],
)
def test_a_cap_ends_the_asking_as_partial_and_the_next_run_goes_on(store, budget, spent, named):
    prices = {"echo": Price(prompt=8_000, reply=10_000)}  # 0.1 an answer
    result = ask_panel(questions(), [Echo()], store, budget=budget, prices=prices)
    assert (result.asked, named in result.partial) == (spent, True), result.partial
    rest = ask_panel(questions(), [Echo()], store)
    assert (rest.asked, rest.partial) == (20 - spent, "")


def test_a_cap_on_seconds_ends_the_asking(store):
    slow = Echo(reply=lambda _q: time.sleep(0.05) or "Refund")
    result = ask_panel(questions(), [slow], store, budget=Budget(seconds=0.2))
    assert 0 < result.asked < 10
    assert "0.2 seconds" in result.partial


def test_an_llm_that_cannot_go_on_is_stopped_and_the_others_finish(store):
    bad = Echo("bad", reply=lambda _q: AnswerRefused("bad: the key is wrong."))
    result = ask_panel(questions(), [bad, Echo("good")], store)
    assert result.stopped == {"bad": "bad: the key is wrong."}
    assert (result.asked, bad.asked, result.partial) == (20, ["0"], "")


def test_when_every_llm_is_stopped_the_error_is_raised(store):
    bad = [Echo(n, reply=lambda _q, n=n: AnswerRefused(f"{n} is wrong.", hint="fix it")) for n in ("x", "y")]
    with pytest.raises(AnswerRefused, match=r"x is wrong.*y is wrong|y is wrong.*x is wrong"):
        ask_panel(questions(), bad, store)


def test_an_llm_that_is_given_up_stands_in_the_ledger_until_it_answers(store):
    error = AnswerRefused("bad: the server refuses (HTTP 401: no such key).", hint="fix it")
    error.calls = 3
    bad = Echo("bad", reply=lambda q: error if q.text_id == "5" else "Refund")
    result = ask_panel(questions(), [bad, Echo("good")], store)
    said = "stopped: bad: the server refuses (HTTP 401: no such key)."
    assert result.problems == {"bad": {said: 1}}
    assert [(each.kind, each.number) for each in store.problems()] == [(said, 1)]
    assert [(each.llm, each.calls) for each in store.spent()] == [("bad", 8), ("good", 20)]
    read = panel_matrix(
        store,
        panel_keys(questions(), [bad]),
        [str(i) for i in range(20)],
        [[c] for c in CLASSES],
        parse=parse_reply,
    )
    assert read.stopped == {"bad": said.removeprefix("stopped: ")}
    assert read.answers.asked.sum() == 5, "the others were never asked, or are not to blame"
    assert ask_panel(questions(), [Echo("bad")], store).asked == 15
    assert store.problems() == []


def test_what_came_before_keeps_a_panel_whose_last_llm_stops_from_ending_in_an_error(store):
    late = Echo(reply=lambda q: AnswerRefused("echo: no.") if q.text_id == "5" else "Refund")
    assert ask_panel(questions(), [late], store).stopped == {"echo": "echo: no."}
    again = Echo(reply=lambda _q: AnswerRefused("echo: no."))
    assert ask_panel(questions(), [again], store).stopped == {"echo": "echo: no."}
    with pytest.raises(AnswerRefused):
        ask_panel(questions(guidelines="new"), [again], store)


def test_a_used_up_quota_ends_as_partial_and_keeps_what_came(store):
    def reply(question):
        return QuotaReached("echo: quota until tomorrow.") if question.text_id == "5" else "Refund"

    result = ask_panel(questions(), [Echo(reply=reply)], store)
    assert (result.asked, result.partial) == (5, "echo: quota until tomorrow.")


def test_a_fault_in_an_annotator_is_raised_after_what_came_is_stored(store):
    def reply(question):
        return ZeroDivisionError("bug") if question.text_id == "5" else "Refund"

    with pytest.raises(ZeroDivisionError):
        ask_panel(questions(), [Echo(reply=reply)], store)
    assert len(list(store.all_answers())) == 5


def test_llms_are_asked_at_the_same_time(store):
    meet = threading.Barrier(3, timeout=20)
    panel = [Echo(name, reply=lambda _q: meet.wait() is None or "Refund") for name in "abc"]
    assert ask_panel(questions(4), panel, store).asked == 12


def test_progress_counts_every_row_of_every_llm(store):
    class Heard:
        def __init__(self):
            self.steps, self.llms = [], []

        def __call__(self, *step):
            self.steps.append(step)

        def of_llm(self, far):
            self.llms.append(far)

    ask_panel(questions(5), [Echo("a")], store)
    heard = Heard()
    broken = Echo("b", reply=lambda q: "Refund" if q.text_id != "3" else None)
    price = {"b": Price(prompt=1e6)}
    ask_panel(questions(), [Echo("a"), broken], store, progress=heard, prices=price)
    assert heard.steps[-1] == ("answers of the panel", 40, 40)
    last = {far.llm: far for far in heard.llms}
    assert sum(far.more for far in heard.llms) == 40
    assert (last["a"].done, last["a"].total, last["a"].before) == (20, 20, 5)
    assert last["a"].per_second > 0
    assert last["a"].seconds_left == 0
    assert (last["b"].failures, last["b"].kept) == (1, 19)
    assert last["b"].money > 0


def test_recorded_answers_belong_to_their_row_and_cost_nothing(store):
    ids, texts = ["a", "b", "c"], ["same", "same", ""]
    asked = questions_about(ids, texts, instruction="Which?", classes=CLASSES)
    recorded = RecordedAnnotator("yi", ids, votes=[[1, 0], [0, 1], [0.5, 0.2]])
    result = ask_panel(asked, [recorded], store, budget=Budget(calls=1))
    assert (result.asked, result.calls, result.partial) == (3, 0, "")
    panel = panel_matrix(store, panel_keys(asked, [recorded]), ids, [[c] for c in CLASSES], parse=parse_reply)
    np.testing.assert_allclose(panel.answers.c[:, 0], [[1, 0], [0, 1], [0.5, 0.2]])


def test_changed_recordings_are_other_answers(store):
    asked = questions_about(["a"], ["text"], instruction="Which?", classes=CLASSES)
    for votes in ([[1, 0]], [[0, 1]]):
        recorded = RecordedAnnotator("yi", ["a"], votes=votes)
        assert ask_panel(asked, [recorded], store).stored == 1
        panel = panel_matrix(
            store, panel_keys(asked, [recorded]), ["a"], [[c] for c in CLASSES], parse=parse_reply
        )
        np.testing.assert_allclose(panel.answers.c[:, 0], votes)


def test_ctrl_c_while_the_last_answers_are_stored_still_stops(store, monkeypatch):
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it
    add, added, all_given = store.add, [], threading.Event()

    def slow(answers):
        added.append(add(answers))
        if sum(added) < 2:
            all_given.set()
            time.sleep(0.2)  # the second answer and the end arrive, and are taken together
        else:
            signal.raise_signal(signal.SIGINT)
        return added[-1]

    def reply(question):
        if question.text_id == "1":
            all_given.wait(10)
        return "Refund"

    monkeypatch.setattr(store, "add", slow)
    try:
        with pytest.raises(KeyboardInterrupt):
            ask_panel(questions(2), [Echo(reply=reply)], store)
    finally:
        signal.signal(signal.SIGINT, handler)
    assert added == [1, 1]

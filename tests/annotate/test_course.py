"""Cases O30, O33, O35: one row never decides; several that bring nothing do."""

import time

import numpy as np
import pytest

from mollia.annotate.ask_panel import ask_panel
from mollia.annotate.course import FRUITLESS, is_usable
from mollia.annotate.probe import probe
from mollia.errors import AnswerRefused, ServerCannot
from mollia.records import Answer
from mollia_benchmarks.loopback import Reply, chat_reply

from .conftest import answers, text_in

TOP = {"Refund": 0.7, "Delivery": 0.2, "Other": 0.05}
NAMES = [("Refund",), ("Delivery",)]


def test_an_answer_is_usable_if_it_says_anything_about_the_classes():
    def answer(**parts):
        return Answer(key="k", text_id="1", llm="a", **parts)

    assert is_usable(answer(replies=("Refund",)), NAMES)
    assert is_usable(answer(label_logprobs=np.log([0.9, 0.05])), NAMES)
    assert not is_usable(answer(replies=("Well.",)), NAMES)
    assert not is_usable(answer(label_logprobs=np.array([np.nan, np.nan])), NAMES)
    assert not is_usable(answer(problem="HTTP 500", replies=("Refund",)), NAMES)


def test_three_refused_rows_stop_an_llm_that_has_answered_none(serve, server_of, questions, store):
    healthy = answers()
    refuse = Reply(status=400, body={"error": "no valid model ID"})
    server = serve(lambda request: healthy(request) if request.method == "GET" else refuse)
    with pytest.raises(AnswerRefused, match="HTTP 400: no valid model ID"):
        ask_panel(questions(50), [server_of(server)], store)
    assert len(list(store.all_answers())) == 3


def test_other_llms_go_on_where_one_is_stopped_case_o30(serve, server_of, questions, store):
    healthy = answers()
    sick = serve(lambda request: healthy(request) if request.method == "GET" else Reply(status=400))
    result = ask_panel(questions(30), [server_of(sick, name="sick"), server_of(serve(healthy))], store)
    assert list(result.stopped) == ["sick"]
    assert sum(answer.llm == "gemma" and answer.problem is None for answer in store.all_answers()) == 30


@pytest.mark.parametrize("content", [None, "", [{"type": "thinking", "thinking": "hm"}]])
def test_thoughts_that_use_up_the_tokens_stop_a_run_after_20_rows_case_o35(
    content, serve, server_of, questions, store
):
    healthy = answers()

    def handler(request):
        if request.method == "GET":
            return healthy(request)
        reply = chat_reply(["x"] * request.body.get("n", 1))
        for choice in reply["choices"]:
            choice |= {
                "finish_reason": "length",
                "message": {"content": content, "reasoning_content": "Let me think"},
            }
        return Reply(body=reply)

    server = serve(handler)
    with pytest.raises(
        ServerCannot, match=r"brought not one usable answer: .* no answer before the token limit"
    ) as error:
        ask_panel(questions(100, samples=3), [server_of(server)], store)
    assert "max_tokens" in error.value.hint
    assert "reasoning_effort" in error.value.hint
    assert FRUITLESS <= len(list(store.all_answers())) <= FRUITLESS + 16
    found = probe(server_of(server), questions(2, samples=3))
    assert "no answer before the token limit" in found.problem
    assert "max_tokens" in found.hint


def test_doctor_is_ready_only_if_a_reply_named_a_class_case_o35(serve, server_of, questions):
    found = probe(server_of(serve(answers(("Well, it depends.",)))), questions(2))
    assert "no reply named a class" in found.problem
    assert "Well, it depends." in found.problem
    think = {"<think>": 0.999}
    found = probe(
        server_of(serve(answers(("<think> Okay, the user",), top=think)), votes_only=False),
        questions(2, samples=0),
    )
    assert "no reply named a class" in found.problem
    assert "max_tokens" in found.hint


@pytest.mark.parametrize("silent", [1, 2])
def test_whether_there_are_log_probabilities_is_judged_on_replies_with_content_case_o33(
    silent, serve, server_of, questions, store
):
    healthy = answers(top=TOP)

    def handler(request):
        if request.method == "POST" and text_in(request) in {f"text {i}" for i in range(silent)}:
            reply = chat_reply([""])
            reply["choices"][0] |= {"finish_reason": "content_filter", "message": {"content": None}}
            return Reply(body=reply)
        return healthy(request)

    server = serve(handler)
    for votes_only in (False, True):
        annotator = server_of(server, votes_only=votes_only, name=f"gemma {votes_only}")
        ask_panel(questions(8, samples=0), [annotator], store)
        mine = {int(a.text_id): a for a in store.all_answers() if a.llm == annotator.name}
        assert [mine[row].problem for row in range(silent)] == ["refused by a content filter"] * silent
        assert all(mine[row].label_logprobs is not None for row in range(silent, 8))


def test_a_row_without_log_probabilities_is_asked_again_where_the_next_one_has_them(
    serve, server_of, questions, store
):
    healthy = answers(top=TOP)
    seen = []

    def handler(request):
        if request.method == "POST" and not seen:
            seen.append(text_in(request))
            return Reply(body=chat_reply(["Refund"]))
        return healthy(request)

    assert (
        ask_panel(questions(5, samples=0), [server_of(serve(handler), votes_only=False)], store).problems
        == {}
    )
    assert all(answer.label_logprobs is not None for answer in store.all_answers())
    assert sum(answer.calls for answer in store.all_answers()) == 6, "what was paid for is counted"


def test_a_server_that_breaks_down_is_given_up_after_some_rows(serve, server_of, questions, store):
    healthy = answers()

    def handler(request):
        broken = request.method == "POST" and int(text_in(request).split()[1]) >= 10
        return Reply(status=400, body={"error": "gone"}) if broken else healthy(request)

    started = time.monotonic()
    stopped = ask_panel(questions(500), [server_of(serve(handler))], store).stopped
    assert "gone" in stopped["gemma"]
    assert time.monotonic() - started < 60
    assert len(list(store.all_answers())) < 80

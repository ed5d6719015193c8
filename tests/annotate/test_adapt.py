"""Case O31: what a server refuses is found by trying, whatever its words, and remembered in the ledger."""

import datetime as dt
import itertools

import pytest

from mollia.annotate.ask_panel import ask_panel
from mollia.annotate.openai_member import OpenAIMember
from mollia.annotate.probe import probe
from mollia_benchmarks.loopback import Reply

from .conftest import answers

TOP = {"Refund": 0.7, "Delivery": 0.2, "Other": 0.05}
FIELDS = ["max_tokens", "temperature", "top_p", "seed", "n", "logprobs", "system"]


def holds(request, field):
    if field == "system":
        return request.body["messages"][0]["role"] == "system"
    return field in request.body


def picky(fields, status, words):
    healthy = answers(("Refund",), top=TOP)

    def handler(request):
        if request.path == "/v1/chat/completions":
            for field in fields:
                if holds(request, field):
                    return Reply(status=status, body={"error": {"message": words.replace("{}", field)}})
        return healthy(request)

    return handler


@pytest.mark.parametrize(
    "words", ["Unsupported parameter: '{}'", "I do not like this"], ids=["named", "not named"]
)
@pytest.mark.parametrize("status", [400, 422, 500])
@pytest.mark.parametrize("field", FIELDS)
def test_a_refused_field_is_left_out_and_no_other(field, status, words, serve, server_of, questions, store):
    server = serve(picky([field], status, words))
    result = ask_panel(questions(6, samples=2), [server_of(server, concurrency=2)], store)
    assert (result.asked, result.problems) == (6, {})
    body = server.posts[-1].body
    kept = {"max_tokens", "temperature", "top_p"} - {field}
    assert kept <= set(body), f"{field} alone was refused"
    assert not holds(server.posts[-1], field)
    if field != "logprobs":
        assert all(answer.label_logprobs is not None for answer in store.all_answers())


def test_several_refused_fields_are_found_one_after_the_other(serve, server_of, questions, store):
    server = serve(picky(["max_tokens", "temperature", "logprobs", "n"], 400, "no"))
    assert ask_panel(questions(5, samples=3), [server_of(server)], store).problems == {}
    assert {len(answer.replies) for answer in store.all_answers()} == {3}


def test_what_was_found_is_remembered_in_the_ledger(serve, server_of, questions, store):
    server = serve(picky(["max_tokens", "temperature"], 400, "no"))
    ask_panel(questions(3, samples=2), [server_of(server)], store)
    server.requests.clear()
    ask_panel(questions(6, samples=2), [server_of(server)], store)
    assert not any(holds(request, "max_tokens") or holds(request, "temperature") for request in server.posts)
    server.requests.clear()
    ask_panel(questions(6, samples=2), [server_of(server)], store)
    assert server.posts == []
    ask_panel(questions(7, samples=2), [server_of(server)], store)
    assert not any(holds(request, "max_tokens") for request in server.posts), (
        "a run without a question forgets nothing"
    )


def test_doctor_says_what_is_asked_otherwise(serve, server_of, questions):
    found = probe(
        server_of(serve(picky(["max_tokens", "system"], 400, "no")), votes_only=False),
        questions(2, samples=0),
    )
    assert found.problem == ""
    assert any("max_completion_tokens instead of max_tokens" in remark for remark in found.notes)
    assert any("takes no system prompt" in remark for remark in found.notes)


def test_fields_of_the_task_are_added_and_dropped(serve, server_of, questions, store):
    server = serve(answers(top=TOP))
    extra = {"reasoning_effort": "none", "seed": "drop", "top_p": "drop"}
    ask_panel(questions(2, samples=2), [server_of(server, extra=extra)], store)
    assert all(request.body["reasoning_effort"] == "none" for request in server.posts)
    assert not any({"seed", "top_p"} & set(request.body) for request in server.posts)


def test_fields_of_the_task_are_part_of_the_question(server_of):
    plain, other = server_of("http://h/v1"), server_of("http://h/v1", extra={"reasoning_effort": "none"})
    assert plain.fingerprint() != other.fingerprint()


@pytest.mark.parametrize("extra", [{"messages": []}, {"model": "x"}, {"when": dt.date(2020, 1, 1)}])
def test_fields_that_cannot_be_are_refused(extra):
    with pytest.raises(ValueError, match=r"cannot be (changed|sent)"):
        OpenAIMember(name="a", kind="openai", url="http://h/v1", model="m", extra=extra)


def test_a_text_that_is_refused_first_changes_nothing_for_the_others(serve, server_of, questions, store):
    healthy = answers(top=TOP)
    number = itertools.count()

    def handler(request):
        sick = request.path == "/v1/chat/completions" and "text 0" in request.body["messages"][-1]["content"]
        next(number)
        return Reply(status=400, body={"error": "Content Exists Risk"}) if sick else healthy(request)

    server = serve(handler)
    result = ask_panel(questions(6), [server_of(server)], store)
    assert result.problems == {"gemma": {"refused by a content filter": 1}}
    last = server.posts[-1].body
    assert {"max_tokens", "temperature", "top_p"} <= set(last)
    assert last["messages"][0]["role"] == "system"

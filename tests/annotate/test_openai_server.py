import itertools
import logging
import math
import threading
import time

import numpy as np
import pytest

from mollia.annotate.ask_panel import ask_panel
from mollia.annotate.openai_member import OpenAIMember
from mollia.annotate.question_keys import panel_keys
from mollia.errors import AnswerRefused, ServerCannot, ServerUnreachable
from mollia.ledger.panel_matrix import panel_matrix
from mollia.replies.parse import parse_reply
from mollia_benchmarks.loopback import LoopbackServer, Reply, chat_reply

from .conftest import CLASSES, QUICK, answers, text_in


def chats(server):
    return [request for request in server.posts if request.path.endswith("/completions")]


def failing(first, reply, then=None):
    """Answers `reply` to the first chat calls, then answers normally."""
    number = itertools.count()
    healthy = then or answers()

    def handler(request):
        if request.path == "/v1/chat/completions" and next(number) < first:
            return reply
        return healthy(request)

    return handler


def test_rate_limits_are_waited_out_case_o5(serve, server_of, questions, store):
    server = serve(failing(3, Reply(status=429, headers={"Retry-After": "1"})))
    started = time.monotonic()
    result = ask_panel(questions(20), [server_of(server)], store)
    assert (result.asked, result.problems, len(chats(server)), result.calls) == (20, {}, 23, 23)
    assert time.monotonic() - started >= 3, "each refusal asked for a second"


@pytest.mark.parametrize(("status", "most"), [(401, 1), (404, 3), (400, 9), (403, 9)])
def test_a_hopeless_refusal_stops_after_three_rows_at_most_with_one_sentence_case_o5(
    serve, server_of, questions, store, status, most
):
    server = serve(failing(10**9, Reply(status=status, body={"error": {"message": "no such thing"}})))
    with pytest.raises(
        AnswerRefused, match=f"gemma: the server at {server.url} refuses .HTTP {status}: no such"
    ) as e:
        ask_panel(questions(20), [server_of(server)], store)
    assert len(chats(server)) <= most
    assert e.value.exit_code != 0
    assert e.value.hint


def test_a_base_model_asked_as_a_chat_is_told_the_remedy(serve, server_of, questions, store):
    said = "default chat template is no longer allowed, so you must provide a chat template"  # vLLM 0.32
    server = serve(lambda _request: Reply(status=400, body={"error": {"message": said}}))
    with pytest.raises(AnswerRefused, match="HTTP 400: default chat template") as e:
        ask_panel(questions(2), [server_of(server)], store)
    assert 'prompt = "plain"' in e.value.hint


def test_a_refused_key_is_seen_before_the_first_question(serve, server_of, questions, store):
    server = serve(lambda _request: Reply(status=401, body={"error": "bad key"}))
    with pytest.raises(AnswerRefused, match="HTTP 401: bad key"):
        ask_panel(questions(20), [server_of(server)], store)
    assert (len(server.requests), chats(server)) == (1, [])


@pytest.mark.parametrize(
    "refusal",
    [
        Reply(status=429, headers={"Retry-After": "86400"}),
        Reply(status=429, body={"error": {"message": "Come back tomorrow", "code": "insufficient_quota"}}),
    ],
)
def test_a_quota_until_tomorrow_ends_as_partial_at_once_case_o5(serve, server_of, questions, store, refusal):
    healthy = answers()

    def handler(request):
        late = request.path == "/v1/chat/completions" and int(text_in(request).split()[1]) >= 7
        return refusal if late else healthy(request)

    started = time.monotonic()
    result = ask_panel(questions(20), [server_of(serve(handler), concurrency=1)], store)
    assert time.monotonic() - started < 5
    assert (result.asked, "quota" in result.partial) == (7, True)
    assert "run the same command again" in result.stopped["gemma"]


def test_failures_are_no_answers_and_the_next_run_asks_them_alone_case_o7(serve, server_of, questions, store):
    sick = {"text 3"}
    healthy = answers()

    def handler(request):
        ill = request.path == "/v1/chat/completions" and text_in(request) in sick
        return Reply(status=500, body={"error": "boom"}) if ill else healthy(request)

    server = serve(handler)
    first = ask_panel(questions(20), [server_of(server)], store)
    assert (first.asked, first.problems) == (20, {"gemma": {"HTTP 500": 1}})
    sick.clear()
    server.requests.clear()
    second = ask_panel(questions(20), [server_of(server, timeout=9.0, concurrency=2)], store)
    assert (second.asked, second.reused, second.problems, len(chats(server))) == (1, 19, {}, 1)
    server.requests.clear()
    assert ask_panel(questions(20, temperature=0.1), [server_of(server)], store).asked == 20
    assert ask_panel(questions(20, classes=CLASSES[::-1]), [server_of(server)], store).asked == 20
    assert ask_panel(questions(20, guidelines="Be strict."), [server_of(server)], store).asked == 20
    assert ask_panel(questions(20), [server_of(server, model="m2")], store).asked == 20


def test_copies_are_asked_once_case_o11(serve, server_of, questions, store):
    texts = [f"text {i}" for i in range(700)] + [f"copied caf\u00e9 {i % 20}" for i in range(300)]
    texts[-40:-20] = [text + "  " for text in texts[-40:-20]]
    texts[-20:] = [text.replace("\u00e9", "e\u0301") for text in texts[-20:]]
    server = serve(answers())
    asked = questions(texts)
    annotator = server_of(server)
    ask_panel(asked, [annotator], store)
    assert len(chats(server)) == 720
    ids = [str(i) for i in range(1000)]
    panel = panel_matrix(
        store, panel_keys(asked, [annotator]), ids, [[c] for c in CLASSES], parse=parse_reply
    )
    assert panel.answers.asked.all()
    assert (panel.answers.c[:, 0, 0] == 1).all()


@pytest.mark.parametrize(
    ("broken", "kind"),
    [
        (Reply(status=500), "HTTP 500"),
        (Reply(body=chat_reply(["Refund"]), cut=40), "connection broke"),
        (Reply(body=b"{'no': json"), "invalid JSON"),
        (Reply(body={"object": "chat.completion"}), "no answer in the reply"),
        (Reply(body={"choices": []}), "no answer in the reply"),
        (Reply(body=b"[1]"), "no answer in the reply"),
        (Reply(delay=10.0), "timed out"),
        (Reply(status=413), "text too long"),
        (Reply(status=400, body={"error": "exceeds the maximum context length of 4096"}), "text too long"),
        (
            Reply(status=400, body={"error": {"code": "content_filter", "message": "no"}}),
            "refused by a content filter",
        ),
        (Reply(status=302, headers={"Location": "/"}), "HTTP 302"),
    ],
)
def test_every_fault_of_a_row_is_a_named_problem_and_the_counts_add_up(
    serve, server_of, questions, store, broken, kind
):
    healthy = answers()

    def handler(request):
        ill = request.path == "/v1/chat/completions" and text_in(request) in {"text 0", "text 4"}
        return broken if ill else healthy(request)

    result = ask_panel(questions(10), [server_of(serve(handler), timeout=0.3)], store)
    assert (result.asked, result.problems) == (10, {"gemma": {kind: 2}})
    assert sum(a.problem is None for a in store.all_answers()) == 8


@pytest.mark.parametrize("delay", [0.0, 0.05])
def test_faults_that_pass_leave_no_trace(serve, server_of, questions, store, delay):
    faults = [
        Reply(status=503),
        Reply(body=chat_reply(["Refund"]), cut=0),
        Reply(body=chat_reply(["Refund"]), cut=30),
        Reply(body=b"{"),
        Reply(status=408, delay=delay),
        Reply(status=409),
    ]
    healthy = answers()
    seen = set()

    def handler(request):
        if request.path != "/v1/chat/completions" or text_in(request) in seen:
            return healthy(request)
        seen.add(text_in(request))
        return faults[int(text_in(request).split()[1]) % len(faults)]

    result = ask_panel(questions(60), [server_of(serve(handler))], store)
    assert (result.asked, result.stored, result.problems, result.calls) == (60, 60, {}, 120)


def test_wrong_unicode_in_a_reply_is_kept_readable(serve, server_of, questions, store):
    body = b'{"choices": [{"message": {"content": "Refund \xff\xfe \\ud800"}}]}'
    healthy = answers()
    server = serve(lambda r: Reply(body=body) if r.path == "/v1/chat/completions" else healthy(r))
    assert ask_panel(questions(3), [server_of(server)], store).problems == {}
    assert {a.replies for a in store.all_answers()} == {("Refund \ufffd\ufffd \ud800",)}


def test_a_server_that_dies_and_comes_back_loses_nothing(server_of, questions, store):
    with LoopbackServer(answers()) as server:
        port = server.port
        annotator = server_of(
            server, concurrency=4, retry=QUICK.__class__(attempts=12, first_wait=0.1, longest_wait=0.5)
        )
        again = LoopbackServer(answers(), port=port)
        seen = []

        def progress(_stage, done, _total):
            seen.append(done)
            if done >= 20 and server.port:
                server.port = 0  # once
                server.__exit__()
                threading.Timer(0.4, again.__enter__).start()

        result = ask_panel(questions(60), [annotator], store, progress=progress)
    again.__exit__()
    assert (result.asked, result.problems) == (60, {})


def test_an_address_where_nobody_answers_is_named(server_of, questions, store):
    with pytest.raises(ServerUnreachable, match=r"gemma: nobody answers at http://127.0.0.1:9/v1") as error:
        ask_panel(questions(20), [server_of("http://user:secret@127.0.0.1:9/v1")], store)
    assert "Start the server" in error.value.hint


def test_the_key_comes_from_the_environment_and_shows_nowhere(
    serve, server_of, questions, store, monkeypatch, caplog
):
    secret = "sk-very-secret-123"  # noqa: S105  # made up
    monkeypatch.setenv("SHOP_KEY", secret)
    caplog.set_level(logging.DEBUG)
    healthy = answers()
    refuse = {"text 1"}

    def handler(request):
        assert request.headers["authorization"] == f"Bearer {secret}"
        if request.path == "/v1/chat/completions" and text_in(request) in refuse:
            return Reply(status=500, body={"error": f"request with key {secret} failed"})
        return healthy(request)

    annotator = server_of(serve(handler), api_key_env="SHOP_KEY")
    result = ask_panel(questions(3), [annotator], store)
    store.note({"annotator": annotator.describe()})
    assert result.problems == {"gemma": {"HTTP 500": 1}}
    store.close()
    written = b"".join(p.read_bytes() for p in store.path.parent.iterdir())
    spoken = f"{annotator!r} {annotator.client!r} {vars(annotator)!r} {result!r} {caplog.text}"
    assert secret.encode() not in written
    assert secret not in spoken
    assert b"[key]" in written


def test_a_key_that_is_not_set_is_named(serve, server_of, questions, store, monkeypatch):
    monkeypatch.delenv("SHOP_KEY", raising=False)
    with pytest.raises(AnswerRefused, match="environment variable SHOP_KEY with the key is not set"):
        ask_panel(questions(3), [server_of(serve(answers()), api_key_env="SHOP_KEY")], store)


def test_several_servers_of_one_model_share_the_work(serve, server_of, questions, store):
    servers = [serve(answers()), serve(answers())]
    ask_panel(questions(40), [server_of(*servers)], store)
    assert [len(chats(server)) for server in servers] == [20, 20]


def test_one_of_several_servers_may_be_away(serve, server_of, questions, store):
    assert (
        ask_panel(questions(20), [server_of(serve(answers()), "http://127.0.0.1:9/v1")], store).problems == {}
    )


@pytest.mark.parametrize("at_once", [True, False])
def test_samples_come_in_one_call_where_the_server_can(serve, server_of, questions, store, at_once):
    given = ("Refund",) * (10 if at_once else 1)
    server = serve(answers(given))
    result = ask_panel(questions(4, samples=10), [server_of(server, concurrency=1)], store)
    assert {len(a.replies) for a in store.all_answers()} == {10}
    assert result.calls == len(chats(server)) == (4 if at_once else 40)


def test_a_server_that_refuses_n_or_a_system_turn_is_asked_otherwise(serve, server_of, questions, store):
    healthy = answers()

    def handler(request):
        if request.path == "/v1/chat/completions":
            if request.body.get("n"):
                return Reply(status=400, body={"error": "'n' must be 1"})
            if request.body["messages"][0]["role"] == "system":
                return Reply(status=400, body={"error": "System role not supported"})
        return healthy(request)

    server = serve(handler)
    assert ask_panel(questions(5, samples=2), [server_of(server)], store).problems == {}
    assert "Which?" in server.posts[-1].body["messages"][0]["content"]


def test_sampling_settings_go_to_samples_and_scoring_is_asked_at_temperature_one(
    serve, server_of, questions, store
):
    server = serve(answers(["Refund", "Refund"], top={"Refund": 0.7, "Delivery": 0.2, "Other": 0.05}))
    ask_panel(questions(2, samples=2, temperature=0.3, top_p=0.5), [server_of(server)], store)
    scoring = [r.body for r in server.posts if r.body["max_tokens"] < 16]
    sampling = [r.body for r in server.posts if r.body["max_tokens"] == 16]
    assert (len(scoring), len(sampling)) == (2, 2)
    assert {(b["temperature"], b["top_p"]) for b in scoring} == {(1.0, 1.0)}
    assert {(b["temperature"], b["top_p"], b["n"]) for b in sampling} == {(0.3, 0.5, 2)}
    (found,) = {tuple(np.exp(a.label_logprobs).round(3)) for a in store.all_answers()}
    assert found == (0.7, 0.2, 0.05)


def test_logprobs_dropped_silently_are_named_before_the_paid_run_case_o8(serve, server_of, questions, store):
    server = serve(answers())
    with pytest.raises(
        ServerCannot, match=r"gemma: the server at http.*vLLM.*field logprobs and drops it"
    ) as error:
        ask_panel(questions(20, samples=0), [server_of(server, votes_only=False)], store)
    assert "--max-logprobs" in error.value.hint
    assert "votes_only = true" in error.value.hint
    assert len(chats(server)) == 2, "one row never decides"
    annotator = server_of(server)
    assert ask_panel(questions(20, samples=0), [annotator], store).problems == {}
    answers_ = list(store.all_answers())
    assert {(a.label_logprobs, len(a.replies)) for a in answers_} == {(None, 3)}
    assert annotator.describe()["label probabilities"] == "votes"


def test_fewer_alternatives_than_asked_are_named_case_o8(serve, server_of, questions, store):
    top = {"Refund": 0.5} | {f"word{i}": 0.01 for i in range(19)}
    annotator = server_of(serve(answers(top=top)), alternatives=25)
    ask_panel(questions(3, samples=0), [annotator], store)
    (note,) = annotator.describe()["notes"]
    assert "gives 20 of the 25" in note
    found = next(store.all_answers()).label_logprobs
    assert found[0] == pytest.approx(math.log(0.5))
    assert np.isnan(found[1:]).all(), "not seen is not zero"


def test_byte_level_tokens_give_the_same_z_case_o8(serve, server_of, questions, store):
    classes = ["World", "Sports", "Caf\u00e9"]
    forms = [
        {" World": 0.6, " Sports": 0.2, " Caf\u00e9": 0.1},
        {"\u0120World": 0.6, "\u0120Sports": 0.2, "\u0120Caf\u00c3\u00a9": 0.1},
    ]
    found = []
    for form in forms:
        annotator = server_of(serve(answers(top=form)), name=f"llm{len(found)}")
        ask_panel(questions(1, classes=classes, samples=0), [annotator], store)
        found.append(list(store.all_answers())[-1].label_logprobs)
    np.testing.assert_allclose(np.exp(found[0]), [0.6, 0.2, 0.1])
    np.testing.assert_array_equal(found[0], found[1])


TREC = ["Abbreviation", "Entity", "Description", "Human", "Location", "Numeric"]
TINY = dict(zip(TREC[3:] + TREC[:3], [0.004, 0.002, 0.001, 0.001, 0.001, 0.001], strict=True))


@pytest.mark.parametrize(("blank", "expected"), [(" ", 0.01), ("", 0.01), ("N", 0.01)])
def test_mass_on_a_bare_blank_is_nobodys_case_o14(serve, server_of, questions, store, blank, expected):
    server = serve(answers(["Human"] * 10, top={blank: 0.97} | TINY))
    asked = questions(10, classes=TREC, samples=10)
    annotator = server_of(server)
    ask_panel(asked, [annotator], store)
    ids = [str(i) for i in range(10)]
    panel = panel_matrix(store, panel_keys(asked, [annotator]), ids, [[c] for c in TREC], parse=parse_reply)
    np.testing.assert_allclose(panel.answers.z[:, 0].sum(1), expected, atol=1e-6)
    assert panel.answers.z.max() < 0.01
    assert panel.thin == {"gemma": 10}
    assert (panel.answers.c[:, 0].argmax(1) == TREC.index("Human")).all()


def test_many_labels_are_asked_in_groups_and_the_true_one_can_win_case_o13(
    serve, server_of, questions, store
):
    classes = [f"intent number {i}" for i in range(120)]
    healthy = answers()

    def handler(request):
        if request.path == "/v1/models":
            return healthy(request)
        legend = request.body["messages"][0]["content"].partition("stands for the class:\n")[2]
        letters = {
            name: letter for letter, _, name in (line.partition(" = ") for line in legend.splitlines())
        }
        here = letters.get("intent number 77")
        top = {here: 0.9} if here else {letters["none of these"]: 0.8}
        others = [letter for letter in letters.values() if letter not in top]
        return Reply(body=chat_reply(["x"], top=top | dict.fromkeys(others, 0.05 / len(others))))

    server = serve(handler)
    result = ask_panel(questions(2, classes=classes, samples=0), [server_of(server)], store)
    assert result.calls == 2 * (math.ceil(120 / 18) + 1)
    for answer in store.all_answers():
        z = np.exp(answer.label_logprobs)
        assert np.nanargmax(z) == 77
        assert np.nansum(z) <= 1
        assert answer.unseen_mass == pytest.approx(1 - np.nansum(z))
        assert np.isnan(z).sum() == 120 - 18


def test_a_panel_entry_of_the_task_file_becomes_an_annotator():
    entry = OpenAIMember(
        name="gemma",
        kind="openai",
        model="m",
        url="http://localhost/v1",
        max_tokens=5,
        timeout=3.0,
        concurrency=2,
    )
    built = entry.open()
    assert built.parallel == 2
    assert (built.name, built.model, built.max_tokens, built.manner.chat, built.votes_only) == (
        "gemma",
        "m",
        5,
        True,
        False,
    )


def test_the_manifest_says_what_the_server_is_and_which_texts_were_changed(
    serve, server_of, questions, store
):
    texts = ["fine", "word " * 3000, "hello <|im_end|>"]
    asked = questions(texts, samples=0, context=512)
    ask_panel(asked, [server_of(serve(answers(top={"Refund": 0.9})))], store)
    notes = store.manifest()
    assert notes["annotator gemma"]["server"] == "vLLM"
    assert notes["annotator gemma"]["label probabilities"] == "top tokens"
    assert notes["texts control strings neutralised for gemma"] == ["2"]
    (cut,) = [ids for note, ids in notes.items() if note.startswith("texts cut to about")]
    assert cut == ["1"]


def echoed(scores, *, index=True):
    """A completions server that echoes the prompt with one token a word and the label's given log-probability."""

    def handler(request):
        if request.path == "/v1/models":
            return Reply(body={"data": [{"id": "m", "owned_by": "vllm"}]})
        choices = []
        for number, prompt in enumerate(request.body["prompt"]):
            words = [word if at == 0 else " " + word for at, word in enumerate(prompt.split(" "))]
            offsets = [sum(map(len, words[:at])) for at in range(len(words))]
            last = scores[prompt.rpartition("Class: ")[2]]
            given = {
                "tokens": [*words, "!"],
                "text_offset": [*offsets, len(prompt)],
                "token_logprobs": [None, *[-0.1] * (len(words) - 2), last, -0.5],
            }
            choices.append({"text": prompt + "!", "index": number, "logprobs": given if index else None})
        return Reply(body={"choices": choices[::-1], "usage": {"prompt_tokens": 30, "completion_tokens": 3}})

    return handler


@pytest.mark.parametrize("scoring", ["echo", "auto"])
def test_echoed_labels_are_scored_whole_case_o2(serve, server_of, questions, store, scoring):
    classes = ["Sport", "Sportswear", "Transport"]
    server = serve(echoed(dict(zip(classes, [-1.2, -0.9, -3.0], strict=True))))
    annotator = server_of(server, chat=False, scoring=scoring)
    result = ask_panel(questions(2, classes=classes, samples=0), [annotator], store)
    assert annotator.rung == "echo"
    assert (result.problems, result.calls) == ({}, 2)
    for answer in store.all_answers():
        np.testing.assert_allclose(np.exp(answer.label_logprobs), [0.398, 0.537, 0.066], atol=1e-3)
        assert answer.unseen_mass == pytest.approx(1 - math.exp(-1.2) - math.exp(-0.9) - math.exp(-3))


def test_a_server_that_echoes_nothing_is_named(serve, server_of, questions, store):
    server = serve(echoed(dict.fromkeys(CLASSES, -1.0), index=False))
    with pytest.raises(ServerCannot, match="field logprobs and drops it"):
        ask_panel(
            questions(2, samples=0), [server_of(server, chat=False, scoring="echo", votes_only=False)], store
        )


def test_two_groups_of_labels_that_begin_alike_are_told_apart_by_letters(serve, server_of, questions, store):
    classes = ["credit_card", "credit_report", "debt_new", "debt_old"]
    healthy = answers()

    def handler(request):
        if request.path == "/v1/models":
            return healthy(request)
        assert "C = debt_new" in request.body["messages"][0]["content"]
        return Reply(body=chat_reply(["C"], top={"C": 0.6, "A": 0.2, "E": 0.1}))

    annotator = server_of(serve(handler))
    ask_panel(questions(1, classes=classes, samples=0), [annotator], store)
    (answer,) = store.all_answers()
    np.testing.assert_allclose(np.exp(answer.label_logprobs), [0.2, np.nan, 0.6, np.nan])
    assert answer.unseen_mass == pytest.approx(0.2), "none of these is not a label"
    assert annotator.describe()["label probabilities"] == "letters"
    assert any(
        '"credit_card" and "credit_report" begin alike' in note for note in annotator.describe()["notes"]
    )


def llama_cpp(*, template=True, system_role=True):
    """A llama-server as far as it is asked: template, tokens (a word each), completions by token id."""
    words = {
        word: number
        for number, word in enumerate(["Refund", "refund", "Delivery", "delivery", "Other", "other"])
    }

    def handler(request):  # noqa: PLR0911  # one for each address
        if request.path == "/v1/models":
            return Reply(
                body={"data": [{"id": "m", "owned_by": "llamacpp"}]}, headers={"Server": "llama.cpp"}
            )
        if request.path == "/props":
            return Reply(body={"build_info": "b9999", "default_generation_settings": {"n_ctx": 2048}})
        if request.path == "/apply-template" and template:
            turns = request.body["messages"]
            if turns[0]["role"] == "system" and not system_role:
                return Reply(
                    status=500, body={"error": {"message": "Jinja Exception: System role not supported"}}
                )
            assert request.body["chat_template_kwargs"] == {"enable_thinking": False}
            return Reply(body={"prompt": "<|u|>" + "\n".join(turn["content"] for turn in turns) + "<|a|>"})
        if request.path == "/tokenize":
            return Reply(body={"tokens": [words[request.body["content"]]]})
        if request.path == "/completion":
            top = [
                {"id": 1, "logprob": math.log(0.5)},
                {"id": 2, "logprob": math.log(0.2)},
                {"id": 3, "logprob": -3},
            ]
            listed = [{"id": 1, "top_logprobs": top}] if request.body["n_predict"] else []
            return Reply(body={"timings": {"prompt_n": 9}, "completion_probabilities": listed})
        return answers(top={"Refund": 0.6})(request)

    return handler


@pytest.mark.parametrize("system_role", [True, False])
def test_llama_server_scores_the_labels_own_tokens(serve, server_of, questions, store, system_role):
    server = serve(llama_cpp(system_role=system_role))
    annotator = server_of(server)
    ask_panel(questions(2, samples=0), [annotator], store)
    raw = np.array([0.5, 0.2 + math.exp(-3), 0.0])
    for answer in store.all_answers():
        np.testing.assert_allclose(np.exp(answer.label_logprobs), raw / raw.sum())
        assert answer.unseen_mass == pytest.approx(1 - raw.sum())
    described = annotator.describe()
    assert (described["server"], described["version"]) == ("llama.cpp", "b9999")
    assert described["label probabilities"] == "named tokens"
    (asked, *_) = [r.body["prompt"] for r in server.posts if r.path == "/completion" and r.body["n_predict"]]
    assert asked.startswith("<|u|>Which?")
    assert asked.endswith("Text: text 0\nClass:<|a|>")


def test_a_llama_server_that_fills_no_template_is_asked_by_its_chat_endpoint(
    serve, server_of, questions, store
):
    annotator = server_of(serve(llama_cpp(template=False)))
    ask_panel(questions(2, samples=0), [annotator], store)
    assert annotator.describe()["label probabilities"] == "top tokens"
    assert {round(float(np.exp(a.label_logprobs[0])), 3) for a in store.all_answers()} == {0.6}

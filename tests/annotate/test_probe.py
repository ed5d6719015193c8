import pytest

from mollia.annotate.llama_cpp import LlamaCpp
from mollia.annotate.probe import probe
from mollia_benchmarks.loopback import Reply, chat_reply

from .conftest import answers

TOP = {"Refund": 0.6, "Delivery": 0.2, "Other": 0.1}


def test_a_good_server_is_ready(serve, server_of, questions):
    found = probe(server_of(serve(answers(top=TOP))), questions(2))
    assert (found.problem, found.reachable, found.server, found.context) == ("", True, "vLLM", 4096)
    assert (found.label_probabilities, found.alternatives) == ("top tokens", 3)
    assert (found.masks, found.repeatable, found.token_form) == ("before", True, "decoded")


def test_log_probabilities_taken_after_the_masks_are_noticed(serve, server_of, questions):
    def handler(request):
        cold = request.body.get("temperature", 1.0) < 1
        return answers(top={"Refund": 1.0} if cold else TOP)(request)

    found = probe(server_of(serve(handler)), questions(2))
    assert found.masks == "after"
    assert any("come after temperature" in remark for remark in found.notes)


def test_a_server_that_answers_differently_each_time_is_noticed(serve, server_of, questions):
    def handler(request):
        p = 0.3 + 0.1 * (request.number % 4)
        return answers(top={"Refund": p, "Delivery": 0.9 - p})(request)

    assert probe(server_of(serve(handler)), questions(2)).repeatable is False


def test_byte_level_tokens_are_told(serve, server_of, questions):
    top = {"\u0120Refund": 0.6, "\u0120Delivery": 0.2}
    assert probe(server_of(serve(answers(top=top))), questions(2)).token_form == "byte-level"  # noqa: S105  # no password


def test_votes_only_servers_are_ready_where_that_is_allowed(serve, server_of, questions):
    server = serve(answers())
    found = probe(server_of(server), questions(2, samples=0))
    assert (found.problem, found.label_probabilities, found.repeatable) == ("", "votes", None)
    found = probe(server_of(server, votes_only=False), questions(2, samples=0))
    assert "field logprobs and drops it" in found.problem
    assert "votes_only = true" in found.hint


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (Reply(status=401, body={"error": "no"}), "HTTP 401"),
        (Reply(status=500, body={"error": "sick"}), "HTTP 500"),
    ],
)
def test_what_stands_in_the_way_is_a_problem_and_no_exception(serve, server_of, questions, reply, said):
    healthy = answers()
    server = serve(lambda r: healthy(r) if r.path == "/v1/models" else reply)
    assert said in probe(server_of(server), questions(2)).problem


def test_an_unreachable_server_is_a_problem(server_of, questions):
    found = probe(server_of("http://127.0.0.1:9/v1"), questions(2))
    assert (found.reachable, "nobody answers" in found.problem) == (False, True)


def test_a_server_that_cuts_its_list_short_is_told_case_o8(serve, server_of, questions):
    top = {"Refund": 0.5} | {f"word{i}": 0.01 for i in range(19)}
    found = probe(
        server_of(
            serve(
                lambda r: Reply(body=chat_reply(["Refund"], top=top)) if r.method == "POST" else answers()(r)
            ),
            alternatives=25,
        ),
        questions(1),
    )
    assert found.alternatives == 20
    assert any("gives 20 of the 25" in remark for remark in found.notes)


def test_a_model_file_that_is_not_there_is_a_problem_and_no_exception(tmp_path, questions):
    found = LlamaCpp("gone", tmp_path / "gone.gguf").probe(questions(2))
    assert (found.llm, found.reachable) == ("gone", False)
    assert found.problem
    assert found.hint

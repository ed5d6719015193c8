"""The panel members that `mollia init --panel` writes for hosted APIs, each asked through a server of its documented shape."""

import tomllib
from urllib.parse import urlsplit

import pytest

from mollia.annotate.ask_panel import ask_panel
from mollia.annotate.known_servers import SERVERS
from mollia.annotate.openai_member import OpenAIMember
from mollia.errors import AnswerRefused
from mollia.usecases.new_panel import named_panel
from mollia_benchmarks.reliability.healthy import CLASSES, truth
from mollia_benchmarks.reliability.servers import label_of

from .asked import questions_about
from .hosted import HOSTED, KEY, ROWS, TEXTS, Api


def toml_of(member):
    return "\n".join(f"{key} = {value}" for key, value in member.items())


def member_for(name, hosted, server, monkeypatch, tmp_path):
    """The panel member of `--panel NAME:MODEL`, sent to the loopback server under its own path."""
    api = name.split()[0]
    monkeypatch.setenv("AZURE_OPENAI_ENDPOINT", "https://mine.openai.azure.com/")
    monkeypatch.setenv(SERVERS[api].api_key_env, KEY)
    (written,) = named_panel(f"{api}:{hosted.model}", folder=tmp_path, say=print)
    keys = tomllib.loads(toml_of(written))
    there = urlsplit(keys["url"])
    assert there.scheme == "https"
    assert there.path == hosted.path
    more = {"votes_only": True} if name == "openai reasoning" else {}
    return OpenAIMember.model_validate(
        keys | {"url": f"http://127.0.0.1:{server.port}{there.path}", "concurrency": 3} | more
    )


@pytest.fixture
def asked(serve, store, monkeypatch, tmp_path):
    """Ask an API about every text; return the handler and the stored answers by row."""

    def ask(name, api):
        member = member_for(name, api.hosted, serve(api), monkeypatch, tmp_path)
        annotator = member.open()
        ids = [str(row) for row in range(ROWS)]
        questions = questions_about(ids, TEXTS, instruction="What is it?", classes=list(CLASSES))
        try:
            result = ask_panel(questions, [annotator], store)
        finally:
            annotator.close()
        answers = {int(answer.text_id): answer for answer in store.all_answers()}
        return annotator, answers, result.stopped

    return ask


@pytest.mark.parametrize("name", HOSTED)
def test_every_row_is_labelled_as_the_api_says_through_its_refusals_and_limits(name, asked):
    api = Api(HOSTED[name])
    annotator, answers, _ = asked(name, api)
    assert {row: label_of(answer) for row, answer in answers.items()} == {
        row: truth(row) for row in range(ROWS)
    }
    assert {answer.problem for answer in answers.values()} == {None}
    has_z = [answer.label_logprobs is not None for answer in answers.values()]
    assert all(has_z) if api.hosted.logprobs else not any(has_z)
    assert all(answer.replies for answer in answers.values()) != api.hosted.logprobs
    for body in api.taken:
        assert body.items() >= api.hosted.wants.items()
    # What the API refuses it is asked for at the start only.
    assert len([status for status, _ in api.refused if status != 429]) < ROWS / 2
    assert KEY not in repr(annotator.describe())


@pytest.mark.parametrize("name", HOSTED)
def test_a_wrong_key_ends_with_the_name_of_its_variable(name, asked, monkeypatch):
    api = Api(HOSTED[name])
    monkeypatch.setattr("tests.annotate.hosted.KEY", "sk-another", raising=True)
    with pytest.raises(AnswerRefused) as failed:
        asked(name, api)
    assert SERVERS[name.split()[0]].api_key_env in failed.value.hint
    assert KEY not in str(failed.value)
    assert not api.taken


def test_an_account_without_balance_is_told_so_and_keeps_what_was_answered(asked, store):
    api = Api(HOSTED["deepseek"])
    api.refusal = lambda row: (402, "Insufficient Balance") if row >= 6 else None
    _, _, stopped = asked("deepseek", api)
    assert "Insufficient Balance" in stopped["deepseek-v4-flash"]
    assert "top it up" in stopped["deepseek-v4-flash"]
    assert {int(answer.text_id) for answer in store.all_answers()} >= {0, 1, 2}


def test_a_filtered_text_fails_alone_at_azure(asked):
    said = "The response was filtered due to the prompt triggering Azure OpenAI's content management policy."
    api = Api(HOSTED["azure"])
    api.refusal = lambda row: (400, said, "prompt") if row == 7 else None
    _, answers, _ = asked("azure", api)
    assert {row for row, answer in answers.items() if answer.problem} == {7}
    assert answers[7].problem.startswith("refused by a content filter")


def test_every_hosted_api_that_can_be_named_is_tried():
    assert {name.split()[0] for name in HOSTED} == {
        name for name, server in SERVERS.items() if not server.local
    }

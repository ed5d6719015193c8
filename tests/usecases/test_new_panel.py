import tomllib

import pytest

from mollia.annotate.find_servers import FoundServer
from mollia.annotate.known_servers import SERVERS
from mollia.errors import TaskError
from mollia.task.config import member_model
from mollia.usecases.new_panel import found_panel, named_panel


def valid(member):
    keys = tomllib.loads("\n".join(f"{key} = {value}" for key, value in member.items()))
    return member_model(keys).model_validate(keys)


@pytest.mark.parametrize("name", SERVERS)
def test_every_known_server_makes_a_valid_panel_member(name, tmp_path, monkeypatch):
    monkeypatch.setenv("AZURE_OPENAI_ENDPOINT", "https://mine.openai.azure.com")
    (member,) = named_panel(f"{name}:some/model:7b", folder=tmp_path, say=print)
    opened = valid(member)
    assert (opened.model, opened.name) == ("some/model:7b", "model-7b")
    assert opened.addresses == (valid(member).url,)


@pytest.mark.parametrize(
    ("said", "wrong", "hint"),
    [
        ("olama:x", 'Did you mean "ollama"', "Known: ollama, llama.cpp"),
        ("openai", "which model of OpenAI", "openai:MODEL"),
        (" , ", "no LLM is named", "SERVER:MODEL"),
        ("gguf", '"gguf" is not a known server', "Known:"),
        ("azure:mine", "AZURE_OPENAI_ENDPOINT is not set", "https://NAME.openai.azure.com"),
    ],
)
def test_what_cannot_be_a_panel_is_refused_with_what_to_write(said, wrong, hint, tmp_path, monkeypatch):
    monkeypatch.delenv("AZURE_OPENAI_ENDPOINT", raising=False)
    with pytest.raises(TaskError, match=wrong) as failed:
        named_panel(said, folder=tmp_path, say=print)
    assert hint in failed.value.hint


def test_an_address_that_is_none_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("AZURE_OPENAI_ENDPOINT", "mine.openai.azure.com")
    with pytest.raises(TaskError, match="needs http:// or https://"):
        named_panel("azure:mine", folder=tmp_path, say=print)


def test_a_server_that_wants_a_key_puts_nobody_on_the_panel():
    said = []
    assert (
        found_panel(
            [FoundServer(name="vllm", url="http://127.0.0.1:8000/v1", kind="x", closed=True)], say=said.append
        )
        == []
    )
    assert "only with a key" in said[0]


def test_quotes_and_odd_signs_in_a_model_name_stay_data(tmp_path):
    (member,) = named_panel('vllm:a"b\\c [d]', folder=tmp_path, say=print)
    assert valid(member).model == 'a"b\\c [d]'
    assert valid(member).name

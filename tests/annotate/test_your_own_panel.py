"""The page "Your own panel": every task file in it loads and every panel member in it can be built."""

import re
import tomllib
from pathlib import Path

import pytest

from mollia.annotate import dialects, scoring
from mollia.annotate.known_servers import SERVERS
from mollia.errors import AnswerRefused
from mollia.task.load import task_from

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "your-own-panel.md").read_text(encoding="utf-8")
TASKS = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("text", TASKS)
def test_its_task_files_load_and_their_members_can_be_built(text, tmp_path):
    task = task_from(tomllib.loads(text), folder=tmp_path)
    for member in task.panel:
        built = member.open()
        assert built.name == member.name
        assert built.live
        if getattr(member, "api_key_env", None):
            with pytest.raises(AnswerRefused, match=member.api_key_env):
                built.client.close()
        built.close()


def test_it_tells_of_every_server_kind_and_every_way():
    assert len(TASKS) == 9
    for kind in (
        dialects.LLAMA_CPP,
        dialects.VLLM,
        dialects.SGLANG,
        dialects.OLLAMA,
        dialects.LM_STUDIO,
        dialects.TGI,
    ):
        assert kind in PAGE
    for way in (scoring.NAMED, scoring.ECHO, scoring.TOP, scoring.LETTERS, scoring.VOTES):
        assert f"| {way} |" in PAGE


def test_its_table_of_hosted_apis_says_what_init_writes():
    rows = {line.split("`")[1]: line for line in PAGE.splitlines() if line.startswith("| `")}
    for name, server in SERVERS.items():
        assert f"`{name}`" in PAGE
        if not server.local:
            for said in (
                server.url,
                server.api_key_env,
                *(f"{key} = {value}" for key, value in server.keys.items()),
            ):
                assert f"`{said}`" in rows[name]

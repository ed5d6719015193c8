"""The real command line in this process, and a shop whose LLMs are real servers on this machine."""

import contextlib
import sys
from types import SimpleNamespace

import pytest
from tests.cli.places import call, finished  # noqa: F401  # fixtures

from mollia.cli.main import main
from mollia_benchmarks.loopback import LoopbackServer, Reply, chat_reply

TASK = """name = "shop"
instruction = "What is it about?"
[data]
path = "shop.csv"
gold = "gold"
[[classes]]
name = "refund"
[[classes]]
name = "delivery"
{panel}
[seed]
path = "seed.csv"
[query]
rounds = 1
batch = 5
[run]
out = "out"
{more}
"""
CLASSES = ("refund", "delivery")


@pytest.fixture
def mollia(monkeypatch, capsys):
    """Run the command line in a folder, in this process (starting one takes seconds)."""

    def run(folder, *words):
        monkeypatch.chdir(folder)
        monkeypatch.setattr(sys, "argv", ["mollia", *words])
        capsys.readouterr()
        code = 0
        try:
            main()
        except SystemExit as end:
            code = end.code or 0
        said = capsys.readouterr()
        return SimpleNamespace(returncode=code, stdout=said.out, stderr=said.err)

    return run


class Server:
    """A server of one LLM that answers by the text, until `broken` gives a reply in its place."""

    def __init__(self, broken=lambda _number, _text: None):
        self.broken = broken
        self.asked = []

    def __call__(self, request):
        if request.path == "/v1/models":
            return Reply(body={"data": [{"id": "m", "owned_by": "vllm", "max_model_len": 2048}]})
        if request.path != "/v1/chat/completions":
            return Reply(status=404)
        text = request.body["messages"][-1]["content"]
        self.asked.append(text)
        if (instead := self.broken(len(self.asked), text)) is not None:
            return instead
        p = 0.9 if "refund" in text else 0.2
        top = {"refund": p, "delivery": 0.95 - p} if request.body.get("logprobs") else None
        return Reply(body=chat_reply(["refund" if p > 0.5 else "delivery"], top=top, prompt_tokens=50))


@pytest.fixture
def shop(tmp_path):
    """Write a task of n texts whose LLMs are the servers given by name; return its folder."""
    with contextlib.ExitStack() as stack:

        def task(n=30, *, more="", seed=12, budget="", member="", **servers):
            panel = ""
            for name, server in servers.items():
                url = stack.enter_context(LoopbackServer(server)).url
                panel += (
                    f'[[panel]]\nname = "{name}"\nkind = "openai"\nurl = "{url}"\nmodel = "m"\n{member}\n'
                )
            gold = [CLASSES[i % 3 == 0] for i in range(n)]
            rows = [
                f"{i},{'where is my refund' if i % 3 else 'late parcel'} number {i},{gold[i]}"
                for i in range(n)
            ]
            (tmp_path / "shop.csv").write_text("\n".join(["id,text,gold", *rows]))
            labels = [f"{i},{gold[i]}" for i in range(seed)]
            (tmp_path / "seed.csv").write_text("\n".join(["id,label", *labels]))
            text = TASK.replace("{panel}", panel + budget).replace("{more}", more)
            (tmp_path / "task.toml").write_text(text)
            return tmp_path

        yield task

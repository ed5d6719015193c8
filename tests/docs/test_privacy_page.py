"""What docs/privacy.md claims: who is asked, and that keys and passwords reach no file."""

import os
import socket
import subprocess
import sys

import pytest

from mollia_benchmarks.loopback import LoopbackServer, Reply, chat_reply

KEY, PASSWORD = "sk-not-to-be-seen-1a2b", "hunter2-3c4d"  # made up
TASK = """
name = "shop"
instruction = "What is it about?"
[data]
path = "shop.csv"
[[classes]]
name = "refund"
[[classes]]
name = "delivery"
[[panel]]
name = "gemma"
kind = "openai"
url = "{url}"
model = "m"
api_key_env = "SHOP_KEY"
[query]
rounds = 1
batch = 5
[run]
out = "out"
"""


def server(request):
    if request.path == "/v1/models":
        return Reply(body={"data": [{"id": "m", "owned_by": "vllm", "max_model_len": 2048}]})
    if request.path != "/v1/chat/completions":
        return Reply(status=404)
    refund = "refund" in request.body["messages"][-1]["content"]
    return Reply(body=chat_reply(["refund" if refund else "delivery"], top={"refund": 0.6, "delivery": 0.3}))


# Python starts with this: every address that a socket is connected to is written down.
NOTE_CONNECTIONS = """
import os, sys
def note(event, args):
    if event == "socket.connect":
        with open(os.environ["CONNECTIONS"], "a") as file:
            file.write(f"{args[1]}\\n")
sys.addaudithook(note)
"""


def run_noted(folder, *words, environment=None):
    """Run mollia in `folder`; return what it said and the addresses it connected to."""
    (folder / "hook").mkdir(exist_ok=True)
    (folder / "hook" / "sitecustomize.py").write_text(NOTE_CONNECTIONS, "utf-8")
    noted = folder / "connections.txt"
    noted.write_text("", "utf-8")
    paths = [str(folder / "hook"), os.environ.get("PYTHONPATH", "")]
    done = subprocess.run(
        [sys.executable, "-m", "mollia", *words],
        cwd=folder,
        env=os.environ
        | {"PYTHONPATH": os.pathsep.join(paths), "CONNECTIONS": str(noted)}
        | (environment or {}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr, set(noted.read_text("utf-8").splitlines())


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    """A run with a key and a password, against a server on this machine."""
    folder = tmp_path_factory.mktemp("shop")
    rows = [f"{n},{'please refund me' if n % 3 else 'where is my parcel'} {n}" for n in range(40)]
    (folder / "shop.csv").write_text("\n".join(["id,text", *rows]) + "\n", "utf-8")
    with LoopbackServer(server) as loopback:
        url = loopback.url.replace("http://", f"http://me:{PASSWORD}@")
        (folder / "task.toml").write_text(TASK.format(url=url), "utf-8")
        said, connections = run_noted(folder, "run", "task.toml", environment={"SHOP_KEY": KEY})
        port = int(loopback.url.rsplit(":", 1)[1].split("/")[0])
    return folder, said, connections, port


def test_a_live_run_connects_to_the_server_of_the_task_and_to_nothing_else(live):
    _, _, connections, port = live
    assert connections == {str(("127.0.0.1", port))}


def test_neither_key_nor_password_reaches_a_file_or_the_terminal(live):
    folder, said, _, _ = live
    written = [path for path in (folder / "out").rglob("*") if path.is_file()]
    assert {"ledger.sqlite", "summary.json", "report.html"} <= {path.name for path in written}
    for secret in (KEY, PASSWORD):
        assert secret not in said
        assert not [path.name for path in written if secret.encode() in path.read_bytes()]


def test_commands_without_a_live_llm_connect_to_nothing(tmp_path):
    (tmp_path / "answers.csv").write_text("id,text,a,b\n1,late parcel,x,x\n2,paid twice,y,x\n", "utf-8")
    _, connections = run_noted(tmp_path, "fuse", "answers.csv", "--labels", "x,y", "--out", "labels.csv")
    assert connections == set()


def test_the_page_listens_on_this_machines_own_address_only():
    from mollia.web.server import listen  # noqa: PLC0415  # starlette is not needed above

    bound = listen(0)
    try:
        assert bound.getsockname()[0] == "127.0.0.1"
        assert bound.family == socket.AF_INET
    finally:
        bound.close()

"""What docs/privacy.md claims: who is asked, and that keys and passwords reach no file."""

import os
import socket
import subprocess
import sys

import pytest
from tests.shop_task import SHOP

from mollia.task.load import load_task
from mollia.web import dashboard
from mollia.web.opening import open_desk
from mollia_benchmarks.loopback import LoopbackServer, Reply, chat_reply

KEY, PASSWORD = "sk-not-to-be-seen-1a2b", "hunter2-3c4d"  # made up
TASK = (
    SHOP
    + """api_key_env = "SHOP_KEY"
[query]
rounds = 1
batch = 5
[run]
out = "out"
"""
)


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


LOGIN, QUERY = "key-as-user-5e6f", "key-in-query-7a8b"  # made up
IN_URLS = {
    "a key as the user": (f"http://{LOGIN}@", "", (LOGIN,)),
    "a password, and a key in the query": (f"http://me:{PASSWORD}@", f"?key={QUERY}&v=1", (PASSWORD, QUERY)),
}


def echoing(request):
    """A server that sends back what it got, as some do with an error."""
    said = f"{request.path} {dict(request.headers)}"
    if request.method == "POST" and "parcel" in request.body["messages"][-1]["content"]:
        return Reply(status=400, body={"error": {"message": f"cannot read {said}"}})
    if request.path.partition("?")[0] == "/v1/models":
        return Reply(body={"data": [{"id": "m", "owned_by": said, "max_model_len": 2048}]})
    if request.method != "POST":
        return Reply(status=404, body={"error": said})
    return Reply(body=chat_reply(["refund"], top={"refund": 0.6, "delivery": 0.3}))


@pytest.mark.parametrize(("where", "is_right"), [*zip(IN_URLS, [False, True], strict=True)])
def test_no_key_in_an_address_is_ever_written_or_shown(tmp_path, where, is_right):
    login, query, secrets = IN_URLS[where]
    rows = [f"{n},{'please refund me' if n % 2 else 'where is my parcel'} {n}" for n in range(12)]
    (tmp_path / "shop.csv").write_text("\n".join(["id,text", *rows]) + "\n", "utf-8")
    refusing = lambda request: Reply(status=401, body={"error": f"no: {request.path} {request.headers}"})  # noqa: E731
    said = ""
    with LoopbackServer(echoing if is_right else refusing) as loopback:
        url = loopback.url.replace("http://", login) + query
        (tmp_path / "task.toml").write_text(TASK.format(url=url), "utf-8")
        for name in ("doctor", "run", "report"):
            done = subprocess.run(
                [sys.executable, "-m", "mollia", name, "task.toml"],
                cwd=tmp_path,
                env=os.environ | {"SHOP_KEY": KEY},
                capture_output=True,
                text=True,
                check=False,
            )
            said += done.stdout + done.stderr
    assert "127.0.0.1" in said
    assert "Traceback" not in said
    ledger = tmp_path / "out" / "ledger.sqlite"
    said += subprocess.run(
        [sys.executable, "-m", "mollia", "ledger", ledger, "--export", "answers.csv"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    with open_desk(load_task(tmp_path / "task.toml")) as (desk, fitter):
        board = dashboard.show(desk, fitter)
        said += str(board)
    written = [
        path for path in tmp_path.rglob("*") if path.is_file() and path.name not in {"task.toml", "shop.csv"}
    ]
    for secret in (KEY, *secrets):
        assert secret not in said, said
        assert not [path.name for path in written if secret.encode() in path.read_bytes()]

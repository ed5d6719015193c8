"""`mollia export hub --to`: to a server that speaks the hub's API, as it goes well and as it goes wrong."""

import json
import os
import signal
import subprocess
import sys

import numpy as np
import pytest
from tests.exchange.hub_server import TOKEN, Hub

from mollia.student.load import load_student

ROWS = ("export", "hub", "task.toml", "--to", "hf://ann/messages")
STUDENT = ("export", "hub", "out/student", "--to", "hf://ann/classifier")


@pytest.fixture
def hub():
    hub = Hub()
    yield hub
    hub.close()


@pytest.fixture
def work(finished, hub, tmp_path):
    """Returns a function that calls mollia in the folder of a finished task, with the hub in place of the real one."""
    home = tmp_path / "home"
    home.mkdir()
    env = os.environ | {
        "HF_ENDPOINT": hub.url,
        "HF_HOME": str(home),
        "HF_TOKEN": TOKEN,
        "HF_HUB_DISABLE_XET": "1",
        "NO_PROXY": "127.0.0.1",
    }
    env.pop("HF_HUB_OFFLINE", None)

    def start(*words, **more):
        return subprocess.Popen(
            [sys.executable, "-m", "mollia", *words],
            cwd=finished,
            env=env | more,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def call(*words, code=0, **more):
        done = start(*words, **more)
        out, error = done.communicate(timeout=300)
        assert done.returncode == code, out + error
        assert TOKEN not in out + error
        assert "Traceback" not in error
        return out + error

    call.start, call.folder, call.home = start, finished, home
    return call


def test_rows_are_listed_first_and_go_to_a_private_repository(work, hub, tmp_path):
    said = work(*ROWS, code=2)
    assert f"{hub.url}/datasets/ann/messages (private" in said
    assert "data/train-00000-of-00001.parquet" in said
    assert "every row with its text" in said
    assert "Nothing was uploaded yet" in said
    assert hub.asked == [], "without --yes the hub is not spoken to"
    (line,) = (line for line in work(*ROWS, "--yes", "--json").splitlines() if line.startswith("{"))
    said = json.loads(line)
    assert said["result"]["uploaded"] is True
    assert said["result"]["address"] == f"{hub.url}/datasets/ann/messages"
    there = hub.repositories["dataset", "ann/messages"]
    assert there["private"] is True
    assert there["commits"] == 1
    assert set(there["files"]) == {"README.md", "data/train-00000-of-00001.parquet"}
    card = there["files"]["README.md"].decode()
    assert 'load_dataset("ann/messages", split="train")' in card
    assert "gemma, llama" in card
    assert "## How the labels were made" in card
    for name, content in there["files"].items():
        path = tmp_path / "back" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    back = datasets_of(tmp_path / "back")
    assert back.num_rows == 60
    assert back.features["label"].names == ["yes", "no"]
    for path in [*work.folder.rglob("*"), *work.home.rglob("*")]:
        assert not path.is_file() or TOKEN.encode() not in path.read_bytes(), path


def datasets_of(folder):
    import datasets  # noqa: PLC0415  # seconds

    return datasets.load_dataset(str(folder), split="train")


def test_a_student_goes_with_its_card_and_comes_back_as_it_was(work, hub, tmp_path):
    work(*STUDENT, "--yes", "--public")
    there = hub.repositories["model", "ann/classifier"]
    assert there["private"] is False
    assert {"README.md", "student.skops", "student.mjs", "features.json", "onnx/model.onnx"} <= set(
        there["files"]
    )
    for name, content in there["files"].items():
        path = tmp_path / "back" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    texts = ["good text", "a bad one", ""]
    back = load_student(tmp_path / "back" / "student").predict_proba(texts)
    assert np.array_equal(back, load_student(work.folder / "out" / "student").predict_proba(texts))
    card = there["files"]["README.md"].decode()
    assert "library_name: sklearn" in card
    assert "not of this classifier" in card
    assert '- "yes"' in card


def test_the_dry_form_writes_the_folder_and_connects_to_nothing(work, hub, tmp_path):
    said = work(*STUDENT, "--out", str(tmp_path / "look"))
    assert "Nothing was uploaded" in said
    assert (tmp_path / "look" / "README.md").is_file()
    assert hub.asked == []


@pytest.mark.skipif(sys.platform == "win32", reason="kills")
def test_after_a_kill_in_the_middle_the_same_command_goes_on(work, hub):
    hub.hold = "/commit/"
    running = work.start(*ROWS, "--yes")
    assert hub.held.wait(200), running.communicate(timeout=10)
    running.send_signal(signal.SIGKILL)
    running.communicate()
    assert hub.repositories["dataset", "ann/messages"]["files"] == {}
    hub.hold = None
    work(*ROWS, "--yes")
    assert set(hub.repositories["dataset", "ann/messages"]["files"]) == {
        "README.md",
        "data/train-00000-of-00001.parquet",
    }
    assert len(hub.sent) == 1, "what arrived before the kill is not sent again"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("export", "hub", "task.toml", "--to", "ann/messages"), "is not an address"),
        (("export", "hub", "out/student", "--to", "hf://datasets/ann/c"), "a student is a model"),
        (("export", "hub", "task.toml"), "Nothing says where to write"),
        (("export", "hub", "task.toml", "--yes"), "nothing to upload"),
        (
            ("export", "hub", "out/student", "--to", "hf://ann/c", "--out", "x", "--yes"),
            "to a folder or uploaded",
        ),
        (("export", "prodigy", "task.toml", "--out", "x.jsonl", "--public"), "Only hub uploads"),
        (("export", "sklearn", "task.toml"), "Nothing says where to write"),
        (("export", "sklearn", "task.toml", "--out", "x.skops", "--rows", "3"), "Leave out --rows"),
        (("export", "onnx", "data.csv", "--out", "x"), "neither a task file nor the folder of a student"),
    ],
)
def test_words_that_do_not_fit_are_refused(call, words, said):
    code, error = call(*words)
    assert code == 2
    assert said in error

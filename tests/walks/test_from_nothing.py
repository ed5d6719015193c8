"""Walk 17.3: from a file of texts and a server on this machine to labels, with nothing written by hand but the labels."""

import re
import subprocess
import sys
from dataclasses import replace

import pytest
from tests.cli.conftest import Server
from tests.walks.conftest import summary_of
from tests.web.at_the_page import press, row_of

from mollia.annotate.known_servers import SERVERS, KnownServer
from mollia.data.read import read_table
from mollia_benchmarks.loopback import LoopbackServer

N = 40


@pytest.fixture
def ollama(monkeypatch):
    """A server where `mollia init` looks for Ollama; nothing listens at the other ports."""
    for name, server in SERVERS.items():
        if server.local:
            monkeypatch.setitem(SERVERS, name, replace(server, url="http://127.0.0.1:9/v1"))
    with LoopbackServer(Server()) as server:
        monkeypatch.setitem(SERVERS, "ollama", KnownServer(title="Ollama", url=server.url))
        yield server


def label_at_the_page(folder, page, n):
    """Start the page as the steps say, and label n rows by keyboard."""
    words = [sys.executable, "-m", "mollia", "serve", "task.toml", "--no-browser", "--port", "0"]
    with subprocess.Popen(words, cwd=folder, stdout=subprocess.PIPE, text=True) as serving:
        try:
            page.goto(serving.stdout.readline().split()[1])
            page.wait_for_function("() => document.activeElement.id === 'name'")
            page.keyboard.type("Kim")
            page.keyboard.press("Enter")
            page.wait_for_selector("#text")
            for _ in range(n):
                press(page, "1" if "refund" in page.inner_text("#text") else "2")
            assert f"{n} of {N} labelled" in page.inner_text(".progress")
            assert row_of(page) >= 0
        finally:
            serving.terminate()


def test_init_finds_the_server_the_page_takes_labels_and_a_run_and_its_student_give_more(
    mollia, ollama, tmp_path, page
):
    texts = "".join(f"m{i},{'where is my refund' if i % 3 else 'late parcel'} number {i}\n" for i in range(N))
    (tmp_path / "mails.csv").write_text("mail,body\n" + texts, "utf-8")
    words = ("init", "shop", "--data", "mails.csv", "--classes", "refund,delivery")
    wrong = mollia(tmp_path, *words, "--panel", "olama:m")
    assert wrong.returncode == 2
    assert 'Did you mean "ollama"?' in wrong.stderr
    assert not (tmp_path / "shop").exists()

    said = mollia(tmp_path, *words)
    assert said.returncode == 0, said.stderr
    assert f"{ollama.url} (vLLM): m." in said.stdout
    assert 'texts in column "body", ids in "mail"' in said.stdout
    shop = tmp_path / "shop"
    assert len((shop / "task.toml").read_text("utf-8").splitlines()) <= 25
    for step in ("doctor", "serve", "run"):
        assert re.search(rf"mollia {step} shop/task.toml", said.stdout), step
    doctor = mollia(shop, "doctor", "task.toml")
    assert doctor.returncode == 0, doctor.stderr
    plan = mollia(shop, "plan", "task.toml")
    assert plan.returncode == 0, plan.stderr
    assert re.search(r"^m +\d+ +\d+ ", plan.stdout, re.MULTILINE), plan.stdout
    answered = mollia(shop, "annotate", "task.toml", "-q")
    assert answered.returncode == 0, answered.stderr

    label_at_the_page(shop, page, 12)

    ran = mollia(shop, "run", "task.toml", "-q")
    assert ran.returncode == 0, ran.stderr
    assert "Human labels used: 12" in ran.stdout
    (out,) = {path.parent for path in shop.rglob("report.html")}
    summary = summary_of(out)
    assert (summary["status"], summary["labelled"], summary["human_labels"]) == ("complete", N, 12)
    page.goto((out / "report.html").as_uri())
    assert page.inner_text(".figure").startswith(f"{summary['accuracy_estimate']['value']:.1%}")
    (tmp_path / "new.csv").write_text("mail,body\nx,please pay the refund\ny,a late parcel\n", "utf-8")
    told = mollia(tmp_path, "predict", str(out / "student"), "new.csv", "--out", "labelled.csv", "-q")
    assert told.returncode == 0, told.stderr
    assert list(read_table(tmp_path / "labelled.csv").columns["label"]) == ["refund", "delivery"]

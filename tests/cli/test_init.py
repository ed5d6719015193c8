import re
import tomllib
from dataclasses import replace

import pytest
import typer
from typer.testing import CliRunner

from mollia.annotate.known_servers import SERVERS, KnownServer
from mollia.cli.init import init
from mollia.errors import DataError, TaskError
from mollia.task.load import load_task
from mollia_benchmarks.loopback import LoopbackServer, Reply

GOLD = "id;Text ;Label\n" + "".join(
    f"r{i};some longer text {i};{'yes' if i % 2 else 'NA'}\n" for i in range(8)
)
SEED = "uid,review,stars,category\n" + "".join(
    f"{i},a review of some length {i},{i % 3},{'good' if i == 1 else 'bad' if i in (3, 5) else ''}{'Good' if i == 7 else ''}\n"
    for i in range(9)
)


@pytest.fixture
def run():
    app = typer.Typer()
    app.command()(init)

    def invoke(*words: object) -> str:
        result = CliRunner().invoke(app, [str(word) for word in words])
        if result.exception is not None:
            raise result.exception
        return result.output

    return invoke


@pytest.fixture(autouse=True)
def ports(monkeypatch):
    """No server of this machine is looked at; a test puts its own there."""
    for name, server in SERVERS.items():
        if server.local:
            monkeypatch.setitem(SERVERS, name, replace(server, url="http://127.0.0.1:9/v1"))
    return lambda name, url: monkeypatch.setitem(SERVERS, name, KnownServer(title=name, url=url))


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "data sets" / "répertoire"
    path.mkdir(parents=True)
    return path


def test_a_task_that_validates_is_written_and_the_next_step_said(run, tmp_path):
    said = run(tmp_path / "new", "--classes", "refund, delivery,other")
    task = load_task(tmp_path / "new" / "task.toml")
    assert task.class_names == ("refund", "delivery", "other")
    assert task.name == "new"
    assert "1. task.toml: fill in the data file, the LLMs (panel)" in said
    for number, word in enumerate(("doctor", "serve", "run"), 2):
        assert re.search(rf"{number}\. .*mollia {word} {tmp_path / 'new' / 'task.toml'}", said)


def test_nothing_is_overwritten_without_force(run, tmp_path):
    run(tmp_path)
    (tmp_path / "task.toml").write_text("mine")
    with pytest.raises(TaskError, match="exists") as caught:
        run(tmp_path)
    assert "--force" in caught.value.hint
    assert (tmp_path / "task.toml").read_text() == "mine"
    run(tmp_path, "--force")
    load_task(tmp_path / "task.toml")


def test_a_wholly_labelled_file_fills_in_columns_classes_and_gold(run, folder):
    (folder / "in.csv").write_text(GOLD, "utf-8-sig")
    said = run(folder / "sub", "--data", folder / "in.csv")
    task = load_task(folder / "sub" / "task.toml")
    assert (task.data.text, task.data.id, task.data.gold, task.data.delimiter) == (
        "Text ",
        "id",
        "Label",
        ";",
    )
    assert task.data.path.resolve() == folder / "in.csv"
    assert task.class_names == ("NA", "yes")
    assert (task.seed.draw, task.seed.path) == (8, None)
    assert "taken as gold" in said
    assert "1. task.toml: fill in the LLMs (panel)" in said
    assert " serve " not in said  # the labels are there


def test_a_partly_labelled_file_becomes_the_seed(run, folder):
    (folder / "in.csv").write_text(SEED, "utf-8")
    said = run(folder, "--data", folder / "in.csv")
    task = load_task(folder / "task.toml")
    assert (task.data.text, task.data.id, task.data.gold) == ("review", "uid", None)
    assert (task.seed.path, task.seed.id, task.seed.label) == (folder / "in.csv", "uid", "category")
    assert task.class_names == ("bad", "good")
    assert "labels 4 rows: taken as the seed" in said


def test_given_classes_win_over_those_found(run, folder):
    (folder / "in.csv").write_text(GOLD, "utf-8")
    run(folder, "--data", folder / "in.csv", "--classes", "yes,NA,maybe")
    assert load_task(folder / "task.toml").class_names == ("yes", "NA", "maybe")


def test_an_encoding_is_used_and_kept(run, folder):
    (folder / "in.csv").write_bytes("text\nun café\n".encode("cp1252"))
    with pytest.raises(DataError, match="offset 11"):
        run(folder, "--data", folder / "in.csv")
    assert not (folder / "task.toml").exists()
    run(folder, "--data", folder / "in.csv", "--encoding", "cp1252")
    assert load_task(folder / "task.toml").data.encoding == "cp1252"


@pytest.mark.parametrize("classes", ["one", "a,A", "a,a", "a,,"])
def test_classes_to_choose_from_are_needed(run, tmp_path, classes):
    with pytest.raises(TaskError, match="at least two different names"):
        run(tmp_path, "--classes", classes)


def test_a_folder_that_cannot_be_made_is_refused(run, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="cannot be written"):
        run(tmp_path / "file" / "sub")


def test_what_a_spreadsheet_numbers_is_kept_in_order(run, folder):
    rows = "".join(f"text {i},{[1, 2, 10][i % 3]}\n" for i in range(9))
    (folder / "in.csv").write_text("text,label\n" + rows)
    run(folder, "--data", folder / "in.csv")
    assert tomllib.loads((folder / "task.toml").read_text())["classes"][2]["name"] == "10"


def test_an_id_column_that_repeats_is_not_used(run, folder):
    (folder / "in.csv").write_text("id,text\nx,a\nx,b\n")
    assert "row numbers as ids" in run(folder, "--data", folder / "in.csv")
    assert load_task(folder / "task.toml").data.id == ""


def test_a_file_where_the_folder_belongs_is_taken_for_the_data(run, tmp_path):
    (tmp_path / "in.csv").write_text("id,text\nx,a\n")
    with pytest.raises(TaskError, match="is a file") as failed:
        run(tmp_path / "in.csv")
    assert "mollia init --data" in failed.value.hint


def models(*served):
    return Reply(body={"data": [{"id": name, "owned_by": "library"} for name in served]})


def test_servers_on_this_machine_are_found_and_fill_in_the_panel(run, folder, ports):
    with LoopbackServer(
        lambda _: models("qwen2.5:7b", "org/gemma", "org2/gemma", "nomic-embed-text")
    ) as server:
        ports("ollama", server.url)
        said = run(folder)
    assert f"{server.url} (Ollama): qwen2.5:7b, org/gemma, org2/gemma." in said
    assert "answer no questions: nomic-embed-text" in said
    assert "fill in the data file, the classes\n" in said
    panel = load_task(folder / "task.toml").panel
    assert [(member.name, member.model, member.url) for member in panel] == [
        ("qwen2.5-7b", "qwen2.5:7b", server.url),
        ("gemma", "org/gemma", server.url),
        ("gemma-2", "org2/gemma", server.url),
    ]


def test_without_a_server_the_ports_looked_at_are_said(run, folder, ports):
    ports("ollama", "http://127.0.0.1:9/v1")
    said = run(folder)
    assert "No LLM server answers on this machine (ports looked at: ollama 9, llama.cpp 9" in said
    assert "fill in the data file, the classes, the LLMs (panel)" in said
    assert run(folder, "--force", "--panel", "none").startswith("Wrote")


def test_those_who_know_name_the_panel(run, folder, ports):
    ports("ollama", "http://127.0.0.1:9/v1")
    said = run(folder, "--panel", "ollama:qwen2.5:7b, openai:gpt-4.1-mini,gguf:models/m.gguf")
    ollama, openai, gguf = load_task(folder / "task.toml").panel
    assert (ollama.name, ollama.model) == ("qwen2.5-7b", "qwen2.5:7b")
    assert (openai.url, openai.api_key_env) == ("https://api.openai.com/v1", "OPENAI_API_KEY")
    assert (gguf.kind, gguf.name, gguf.path.name) == ("llama_cpp", "m", "m.gguf")
    assert "LLMs (panel)" not in said


def test_the_task_file_is_short_and_all_keys_are_there_when_asked_for(run, folder):
    (folder / "in.csv").write_text("id,text\n" + "".join(f"a{i},text number {i}\n" for i in range(5)))
    run(folder, "--data", folder / "in.csv", "--classes", "yes,no")
    short = (folder / "task.toml").read_text()
    assert len(short.splitlines()) <= 25
    task = load_task(folder / "task.toml")
    run(folder, "--data", folder / "in.csv", "--classes", "yes,no", "--all-keys", "--force")
    assert len((folder / "task.toml").read_text().splitlines()) > 80
    assert load_task(folder / "task.toml") == task


@pytest.mark.parametrize(
    ("columns", "rows", "found"),
    [
        (("tweet", "number", "likes"), ("some words {0}", "X-{0}", "{0}"), "number"),
        (("likes", "doc no", "text"), ("{0}", "{0}7", "words and words {0}"), "doc no"),
        (("respondent", "text", "price"), ("R{0}", "words and words {0}", "{0}.5"), "respondent"),
        (("day", "text"), ("2024-01-0{0}", "words and words {0}"), ""),
        (("price", "text"), ("{0}.25", "words and words {0}"), ""),
        (("group", "text"), ("a1", "words and words {0}"), ""),
    ],
)
def test_the_column_that_tells_rows_apart_is_taken_as_the_ids(run, folder, columns, rows, found):
    lines = [",".join(cell.format(i) for cell in rows) for i in range(1, 9)]
    (folder / "in.csv").write_text("\n".join([",".join(columns), *lines]) + "\n")
    run(folder, "--data", folder / "in.csv", "--classes", "yes,no")
    assert (load_task(folder / "task.toml").data.id or "").replace("id", "") == found


ANSWERED = "id,text,label,gemma,llama,stars\n" + "".join(
    f"r{i},a review of some length {i},{'good' if i == 1 else 'bad' if i in {3, 5, 7} else ''},{'good' if i % 2 else 'bad'},{'Good' if i % 3 else 'bad'},{i}\n"
    for i in range(12)
)


def test_llms_whose_answers_the_file_holds_are_the_panel(run, folder):
    (folder / "data.csv").write_text(ANSWERED, "utf-8")
    output = run(folder, "--data", folder / "data.csv")
    task = load_task(folder / "task.toml")
    assert [(each.name, each.kind) for each in task.panel] == [("gemma", "recorded"), ("llama", "recorded")]
    assert '"gemma", "llama" answered these texts already' in output
    assert "--labels bad,good" in output
    assert "No LLM server" not in output, "none was looked for"


def test_columns_of_like_values_may_be_answers_once_the_classes_are_named(run, folder):
    without = "\n".join(
        ",".join([*line.split(",")[:2], *line.split(",")[3:]]) for line in ANSWERED.splitlines()
    )
    (folder / "data.csv").write_text(without, "utf-8")
    output = run(folder, "--data", folder / "data.csv")
    assert 'columns "gemma", "llama" hold the same few values' in output
    assert "--classes bad,good" in output
    run(folder, "--data", folder / "data.csv", "--classes", "bad,good", "--force")
    assert [each.kind for each in load_task(folder / "task.toml").panel] == ["recorded", "recorded"]


def test_a_named_panel_wins_over_answers_in_the_file(run, folder):
    (folder / "data.csv").write_text(ANSWERED, "utf-8")
    run(folder, "--data", folder / "data.csv", "--panel", "openai:gpt-4.1-mini")
    assert [each.kind for each in load_task(folder / "task.toml").panel] == ["openai"]

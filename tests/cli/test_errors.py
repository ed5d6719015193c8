"""Wrong input ends with two lines on stderr and an exit code, never with a traceback."""

import pytest
from tests.cli.tasks import SMALL
from typer.testing import CliRunner

from mollia.cli import main as cli
from mollia.ledger.sqlite_store import open_store

DATA = "id,text,gemma,llama\na,first,yes,yes\nb,second,no,yes\nc,third,no,no\nd,fourth,yes,no\n"
SEED = "id,label\na,yes\nb,no\n"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "task.toml").write_text(SMALL, encoding="utf-8")
    (tmp_path / "data.csv").write_text(DATA, encoding="utf-8")
    (tmp_path / "seed.csv").write_text(SEED, encoding="utf-8")
    return tmp_path


def _said(monkeypatch, capsys, *words):
    """Run `mollia words` in this process; return its exit code and what it wrote on stderr."""
    monkeypatch.setattr("sys.argv", ["mollia", *map(str, words)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return ended.value.code or 0, capsys.readouterr().err


def test_the_small_task_runs(folder, monkeypatch, capsys):
    code, _ = _said(monkeypatch, capsys, "run", folder / "task.toml", "-q")
    assert code == 0
    assert (folder / "out" / "labels.csv").is_file()


@pytest.mark.parametrize(
    ("file", "before", "after", "said"),
    [
        ("seed.csv", "a,yes", "a,yess", ["seed.csv:2", '"yess"', 'Did you mean "yes"']),
        ("seed.csv", "b,no", "zz,no", ["seed.csv:3", "zz"]),
        ("data.csv", "id,text,", "id,txt,", ["data.csv", '"text"', "txt"]),
        ("data.csv", "b,second,no,yes", "b,second,no", ["data.csv:3"]),
        ("data.csv", "b,second", "a,second", ["data.csv", '"a"', "2"]),
        ("data.csv", DATA, "", ["data.csv", "empty"]),
        ("data.csv", DATA, "id,text,gemma,llama\n", ["data.csv"]),
        (
            "task.toml",
            'kind = "recorded"\npath',
            'knd = "recorded"\npath',
            ["panel[0].knd", 'Did you mean "kind"'],
        ),
        ("task.toml", "rounds = 1", 'rounds = "one"', ["query.rounds", "whole number"]),
        ("task.toml", '[[classes]]\nname = "no"\n', "", ["classes", "two"]),
        (
            "task.toml",
            "[query]",
            '[query]\nstrategy = "entrop"',
            ["query.strategy", 'Did you mean "entropy"'],
        ),
        ("task.toml", 'name = "llama"', 'name = "lama"', ["lama"]),
        ("task.toml", "[query]", "[query", ["task.toml:", "TOML"]),
    ],
)
def test_it_names_what_is_wrong_and_where(folder, monkeypatch, capsys, file, before, after, said):
    path = folder / file
    text = path.read_text("utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")
    code, error = _said(monkeypatch, capsys, "run", folder / "task.toml", "-q")
    assert code == 2
    assert error.startswith("mollia: ")
    for word in said:
        assert word in error


def test_a_wrong_encoding_names_row_and_byte_and_the_remedy(folder, monkeypatch, capsys):
    (folder / "data.csv").write_bytes(DATA.replace("second", "café").encode("cp1252"))
    code, error = _said(monkeypatch, capsys, "run", folder / "task.toml", "-q")
    assert code == 2
    assert "data.csv" in error
    assert "byte" in error
    assert "cp1252" in error


def test_a_missing_file_is_named(folder, monkeypatch, capsys):
    (folder / "data.csv").unlink()
    code, error = _said(monkeypatch, capsys, "run", folder / "task.toml", "-q")
    assert code == 2
    assert "data.csv" in error


def test_fuse_without_an_llm_column_shows_the_shapes_it_knows(folder, monkeypatch, capsys):
    (folder / "plain.csv").write_text("id,text\na,first\n", encoding="utf-8")
    code, error = _said(monkeypatch, capsys, "fuse", folder / "plain.csv", "--labels", "yes,no")
    assert code == 2
    assert "one column per LLM" in error


def test_fuse_with_one_class_says_that_two_are_needed(folder, monkeypatch, capsys):
    code, error = _said(monkeypatch, capsys, "fuse", folder / "data.csv", "--labels", "yes")
    assert code == 2
    assert "two" in error


def test_a_second_run_on_the_same_ledger_is_told(folder, monkeypatch, capsys):
    with open_store(folder / "out" / "ledger.sqlite"):
        code, error = _said(monkeypatch, capsys, "run", folder / "task.toml", "-q")
    assert code == 2
    assert "ledger.sqlite" in error


def test_every_command_explains_itself():
    runner = CliRunner()
    top = runner.invoke(cli.app, ["--help"])
    assert top.exit_code == 0
    names = [command.name or command.callback.__name__ for command in cli.app.registered_commands]
    for name in names:
        shown = runner.invoke(cli.app, [name, "--help"])
        assert shown.exit_code == 0, name
        assert "Usage" in shown.output

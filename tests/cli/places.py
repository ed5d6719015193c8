"""Every command that writes, how it is called, and what it says where it cannot write."""

import json
import re
import shutil

import pytest
from tests.cli.tasks import SMALL

from mollia import leftovers
from mollia.cli import main as cli

ROWS = [(f"r{i}", f"text {i} {'good' if i % 2 else 'bad'}", "yes" if i % 2 else "no") for i in range(60)]
LABELS = "--labels", "yes,no"
# What each command is called with; OUT is the file or folder that it writes.
COMMANDS = {
    "run": ("run", "task.toml", "-q"),
    "report": ("report", "task.toml", "-q"),
    "annotate": ("annotate", "task.toml", "-q"),
    "plan": ("plan", "task.toml", "-q"),
    "fuse": ("fuse", "data.csv", *LABELS, "--seed-labels", "seed.csv", "--out", "OUT.csv"),
    "fuse parquet": ("fuse", "data.csv", *LABELS, "--out", "OUT.parquet"),
    "seed": ("seed", "data.csv", *LABELS, "--strategy", "random", "--n", "5", "--out", "OUT.csv"),
    "seed of a task": ("seed", "task.toml", "--strategy", "random", "--n", "20", "--out", "OUT.csv"),
    "predict": ("predict", "out/student", "data.csv", "-q", "--out", "OUT.csv"),
    "predict parquet": ("predict", "out/student", "data.csv", "-q", "--out", "OUT.parquet"),
    "panel": ("panel", "task.toml", "-q", "--rows", "50", "--out", "OUT.json"),
    "ledger": ("ledger", "task.toml", "--export", "OUT.parquet"),
    "export labelstudio": ("export", "labelstudio", "task.toml", "--out", "OUT.json"),
    "export argilla": ("export", "argilla", "task.toml", "--out", "OUT.json"),
    "export prodigy": ("export", "prodigy", "task.toml", "--out", "OUT.jsonl"),
    "export doccano": ("export", "doccano", "task.toml", "--out", "OUT.jsonl"),
    "export sklearn": ("export", "sklearn", "out/student", "--out", "OUT.skops"),
    "export onnx": ("export", "onnx", "task.toml", "--out", "OUT"),
    "export hub": ("export", "hub", "out/student", "--out", "OUT"),
    "import": ("import", "prodigy", "given.jsonl", "--task", "task.toml", "--out", "OUT.csv"),
    "import into the ledger": ("import", "prodigy", "given.jsonl", "--task", "task.toml"),
    "init": ("init", "OUT", "--data", "data.csv", "--force"),
    "demo": ("demo", "-q", "--out", "OUT"),
}
TO_A_FOLDER = {"run", "report", "annotate", "plan", "import into the ledger"}  # run.out
# What is told of the work while it lasts longer than a second, as on a busy machine.
PROGRESS = re.compile(r"^(?!mollia: ).*: (?:at work for|done in) .*\n", re.MULTILINE)
NEEDS_OUT = {name for name, words in COMMANDS.items() if any("OUT" in word for word in words)}


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """A folder with a task that has run."""
    folder = tmp_path_factory.mktemp("finished")
    (folder / "task.toml").write_text(SMALL, "utf-8")
    lines = [f"{id_},{text},{gold},{'yes' if i % 3 else 'no'}\n" for i, (id_, text, gold) in enumerate(ROWS)]
    (folder / "data.csv").write_text("id,text,gemma,llama\n" + "".join(lines), "utf-8")
    (folder / "seed.csv").write_text(
        "id,label\n" + "".join(f"{id_},{gold}\n" for id_, _, gold in ROWS[:25]), "utf-8"
    )
    given = [{"text": text, "id": id_, "accept": [gold], "answer": "accept"} for id_, text, gold in ROWS[:3]]
    options = [{"id": name, "text": name} for name in ("yes", "no")]
    (folder / "given.jsonl").write_text(
        "".join(json.dumps(each | {"options": options}) + "\n" for each in given), "utf-8"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr("sys.argv", ["mollia", "run", "task.toml", "-q"])
        with pytest.raises(SystemExit) as ended:
            cli.main()
    assert not ended.value.code
    return folder


@pytest.fixture
def call(finished, tmp_path, monkeypatch, capsys):
    """Returns a function that runs a command in a copy of the finished folder: exit code and stderr."""
    folder = tmp_path / "work"
    shutil.copytree(finished, folder)
    monkeypatch.chdir(folder)

    def call(*words):
        monkeypatch.setattr("sys.argv", ["mollia", *words])
        leftovers._swept.clear()  # each command is a process of its own
        with pytest.raises(SystemExit) as ended:
            cli.main()
        error = capsys.readouterr().err
        assert "Traceback" not in error
        assert not list(folder.rglob(".mollia-*")), "nothing unfinished is left"
        return ended.value.code or 0, error

    call.folder = folder
    return call


def is_refused(ended, *named):
    code, error = ended
    error = PROGRESS.sub("", error)
    assert code == 2, error
    said, _, hint = error.removeprefix("mollia: ").partition("\n")
    assert error.startswith("mollia: "), error
    for word in named:
        assert word in said, said
    return hint

"""What a message prints works when it is pasted into the shell that mollia was called from."""

import os
import shlex
import subprocess
import sys
import venv
from pathlib import Path

import pytest

import mollia
from mollia import invocation
from mollia.exit_codes import LLM_FAILED
from mollia.invocation import command, pip_install, program

SCRIPT = "#!{python}\nimport sys\nfrom mollia.cli.main import main\nsys.exit(main())\n"


@pytest.fixture
def installed(tmp_path):
    """An environment with blanks in its path, that sees this source and has mollia's script."""
    home = tmp_path / "my own env"
    venv.create(home, symlinks=True)
    python = home / "bin" / "python"
    source = Path(mollia.__file__).parent.parent
    packages = next((home / "lib").glob("python*/site-packages"))
    paths = [str(source), *(path for path in sys.path if path.endswith("site-packages"))]
    (packages / "all.pth").write_text("\n".join(paths), encoding="utf-8")
    script = home / "bin" / "mollia"
    # As pip writes it: a kernel cannot read a first line that holds blanks.
    script.write_text(f"#!/bin/sh\n'''exec' \"{python}\" \"$0\" \"$@\"\n' '''\n" + SCRIPT.partition("\n")[2])
    script.chmod(0o755)
    return home


def shell(line, **environment):
    return subprocess.run(
        ["/bin/sh", "-c", line],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], **environment},
    )


def next_command(folder, home, *, call, path):
    """What `init`, called by the line `call`, says comes next."""
    (folder / "my data.csv").write_text("id,text,label\n1,good,a\n2,bad,b\n3,fine,\n", encoding="utf-8")
    where = shlex.quote(str(folder))
    done = shell(f"cd {where} && {call} init --data 'my data.csv' --force", PATH=path)
    assert done.returncode == 0, done.stderr
    return done.stdout.partition("every LLM answers: ")[2].partition("\n")[0]


@pytest.mark.parametrize("way", ["path", "script", "module"])
def test_the_next_command_works_when_pasted(installed, tmp_path, way):
    folder = tmp_path / "work"
    folder.mkdir()
    scripts = installed / "bin"
    path = os.environ["PATH"]
    call = {
        "path": "mollia",
        "script": shlex.quote(str(scripts / "mollia")),
        "module": f"{shlex.quote(str(scripts / 'python'))} -m mollia",
    }[way]
    if way == "path":
        path = f"{scripts}{os.pathsep}{path}"
    said = next_command(folder, installed, call=call, path=path)
    assert said.endswith("doctor task.toml")
    assert said.startswith("mollia ") == (way == "path")
    done = shell(f"cd {shlex.quote(str(folder))} && {said}", PATH=path)
    assert "Start the server" in done.stdout, (
        done.stderr
    )  # doctor was reached; the example's server is not there
    assert done.returncode == LLM_FAILED


def test_words_with_blanks_stay_one_word():
    words = ["run", Path("my folder") / "task.toml", "--labels", "a,b c"]
    line = command(*words)
    if os.name != "nt":
        assert shlex.split(line)[-4:] == [str(word) for word in words]
    assert line.startswith(program())


def test_another_mollia_on_the_path_is_not_called_by_its_name(tmp_path, monkeypatch):
    other = tmp_path / ("mollia" + invocation._ENDING)
    other.write_text("", encoding="utf-8")
    other.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert program() != "mollia"
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))
    assert program() == "mollia"


def test_without_a_script_python_is_called_with_m(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["-c"])
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    assert program() == f"{tmp_path / 'python'} -m mollia"


def test_the_line_that_installs_names_this_python(monkeypatch):
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))
    assert pip_install("mollia[onnx]") == 'python -m pip install "mollia[onnx]"'
    monkeypatch.setenv("PATH", "")
    assert Path(shlex.split(pip_install("x"))[0]).absolute() == Path(sys.executable).absolute()

"""Empty environments with mollia's wheel, made by uv, which links files from its cache: one takes seconds.

uv does not read pip's settings, so it is told them: index, folders of wheels, certificates. Versions are those of
constraints.txt. torch is held to the one installed here: another may be a CUDA build of several GB.
"""

import ast
import os
import shutil
import subprocess
import sys
from functools import cache
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OFFERED = ("3.11", "3.12", "3.13", "3.14")
SCRIPTS = "Scripts" if os.name == "nt" else "bin"


@cache
def pip_settings():
    """What `pip config list` says, by the option's name."""
    done = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True
    )
    settings = {}
    for line in done.stdout.splitlines():
        name, _, value = line.partition("=")
        settings.setdefault(name.rpartition(".")[2], ast.literal_eval(value).split())
    return settings


def uv(*words):
    settings, options = pip_settings(), []
    for name, option in (("index-url", "--default-index"), ("extra-index-url", "--index")):
        places = [each for each in settings.get(name, []) if not each.startswith("file:")]
        options += [word for place in places for word in (option, place)]
    options += [word for place in settings.get("find-links", []) for word in ("--find-links", place)]
    certificates = {"SSL_CERT_FILE": settings["cert"][0]} if "cert" in settings else {}
    done = subprocess.run(
        [shutil.which("uv"), "pip", *words, *options],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | certificates,
    )
    assert done.returncode == 0, done.stderr


def environment(folder, requirement, *, python=sys.executable):
    """An environment that holds the requirement and what it needs, nothing else."""
    subprocess.run(
        [shutil.which("uv"), "venv", "--quiet", "--no-project", "--python", python, folder], check=True
    )
    held = [f"torch=={version('torch')}"] if "[torch]" in requirement else []
    constraints = ROOT / "constraints.txt"
    uv("install", "--quiet", "--python", folder, "--constraint", constraints, requirement, *held)
    return folder


def called(home, name, *words, cwd, code=0):
    """What a program of the environment prints; nothing of this process's environment helps it."""
    kept = {key: os.environ[key] for key in ("HOME", "SYSTEMROOT", "LANG") if key in os.environ}
    done = subprocess.run(
        [home / SCRIPTS / name, *words],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        env=kept
        | {
            "PATH": str(home / SCRIPTS),
            "HF_HUB_OFFLINE": "1",
            "PYTHONWARNINGS": "error::DeprecationWarning:mollia",
        },
    )
    assert done.returncode == code, f"exit code {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout if code == 0 else done.stderr


def interpreters():
    """The Pythons of this machine that mollia is for, one per version; this one first."""
    this = f"{sys.version_info[0]}.{sys.version_info[1]}"
    found = {this: sys.executable}
    kept_by_pyenv = sorted(Path.home().glob(".pyenv/versions/3.*/bin"), reverse=True)
    for name in OFFERED:
        on_path = shutil.which(f"python{name}")
        for path in [
            *([Path(on_path)] if on_path else []),
            *(each / f"python{name}" for each in kept_by_pyenv),
        ]:
            if name not in found and path.is_file() and _runs(path):
                found[name] = str(path)
    return found


def _runs(python):
    done = subprocess.run([python, "-c", "import ctypes, sqlite3, ssl"], capture_output=True, check=False)
    return done.returncode == 0

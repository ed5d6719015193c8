"""Writes docs/troubleshooting.md: `make reference`, or with a path to write it elsewhere.

Each message on the page is what mollia said when the fault was made, in a folder of its own.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "troubleshooting.md"
HEAD = """# Troubleshooting

What mollia says when something is wrong, what it means, and what to do. The messages are real: `make reference` makes
each fault and writes what came. The first line says what is wrong and where, the second what to do about it. In a
script the exit code tells the kind of fault: [Exit codes](commands.md#exit-codes).

Before a long run, `mollia doctor task.toml` finds what is wrong with the LLMs, and nothing is lost when a run stops: the
same command goes on from there.
"""
ANSWERS = """id,text,gemma,llama
1,My parcel is late,Delivery,Other
2,I was charged twice,Refund,Refund
3,Do you sell gift cards?,Other,Other
"""
FUSE = ("fuse", "answers.csv", "--labels", "Refund,Delivery,Other")
TASK = """name = "shop"
instruction = "What is the message about?"
[data]
path = "answers.csv"
[[classes]]
name = "Refund"
[[classes]]
name = "Delivery"
[[classes]]
name = "Other"
[[panel]]
name = "gemma"
"""
RECORDED = TASK + 'kind = "recorded"\npath = "answers.csv"\n'
SERVER = TASK + 'kind = "openai"\nmodel = "gemma"\nurl = "http://127.0.0.1:{port}/v1"\n'
WITHOUT = "import sys; sys.modules[{!r}] = None; from mollia.cli.main import main; main()"
REFUSING = 8080  # the port that the page shows in place of the free one that was taken
NOBODY = 9  # a port on which nothing listens


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A fault: what a person was about to do, the files and words that make it, and what helps."""

    title: str
    words: tuple[str, ...]
    files: dict[str, str | bytes] = field(default_factory=dict)
    lacks: str = ""  # a library that is treated as not installed
    code: int = 2
    help: str


FAULTS = (
    Fault(
        title="A file is not where it was looked for",
        words=("fuse", "answer.csv", *FUSE[2:]),
        help="Paths on the command line count from the folder you are in, paths in a task file from the task file's folder.",
    ),
    Fault(
        title="A file is not UTF-8",
        words=FUSE,
        files={"answers.csv": "id,text,gemma\n1,Le café est froid,Refund\n2,Merci,Other\n".encode("cp1252")},
        help="Excel on Windows often writes cp1252. Check the word that the message quotes; if it reads well, the proposed "
        "encoding is right.",
    ),
    Fault(
        title="An id occurs twice",
        words=FUSE,
        files={"answers.csv": ANSWERS.replace("\n2,", "\n1,")},
        help="Human labels and answers find their row by its id, so two rows must not share one. Without an id column, "
        "rows are numbered from 1.",
    ),
    Fault(
        title="No column with an LLM's answers is found",
        words=FUSE,
        files={"answers.csv": "id,text,gemma\n1,My parcel is late,It is about a parcel.\n2,Hello,No idea!\n"},
        help="A column counts as an LLM's when a class is named in most of its cells, or of its different cells. Check the spelling "
        "of `--labels`; name the columns with `--llms` where few cells name a class.",
    ),
    Fault(
        title="A human label is not a class",
        words=(*FUSE, "--seed-labels", "seed.csv"),
        files={"seed.csv": "id,label\n1,Delivery\n2,Refnd\n"},
        help="Correct the cell, or add the spelling as an alias of the class in the task file (`aliases`).",
    ),
    Fault(
        title="A human label is of a row that is not in the data",
        words=(*FUSE, "--seed-labels", "seed.csv"),
        files={"seed.csv": "id,label\n1,Delivery\n12,Refund\n"},
        help="The label file and the data must name rows the same way. It happens when one of the two has an id column and the other "
        "counts rows.",
    ),
    Fault(
        title="A key of the task file is unknown, or its value",
        words=("plan", "task.toml"),
        files={
            "task.toml": SERVER.format(port=REFUSING).replace('"openai"', '"opnai"')
            + "\n[run]\nrandom_sate = 1\n"
        },
        help="[The task file](task-file.md) has every key with its values. All faults of a file are reported at once.",
    ),
    Fault(
        title="A task file is there already",
        words=("init", ".", "--data", "answers.csv"),
        files={"task.toml": RECORDED},
        help="`--force` replaces it; what you wrote into it is then gone.",
    ),
    Fault(
        title="Nobody answers at an LLM's address",
        words=("doctor", "task.toml"),
        files={"task.toml": SERVER.format(port=NOBODY)},
        code=3,
        help="Start the server first: Ollama listens on port 11434, llama-server on 8080, vLLM on 8000, LM Studio on 1234. The "
        "`url` ends in `/v1`. [Your own panel](your-own-panel.md) has a block for each.",
    ),
    Fault(
        title="The key of a paid LLM is not set",
        words=("doctor", "task.toml"),
        files={"task.toml": SERVER.format(port=NOBODY) + 'api_key_env = "SHOP_KEY"\n'},
        code=3,
        help="The task file holds the variable's name, never the key. Set it in the shell that starts mollia.",
    ),
    Fault(
        title="The server refuses the key",
        words=("doctor", "task.toml"),
        files={"task.toml": SERVER + 'api_key_env = "REFUSED_KEY"\n'},
        code=3,
        help="The key is wrong, has expired, or is of another provider than the `url`.",
    ),
    Fault(
        title="A library is missing",
        words=("doctor", "task.toml"),
        files={"task.toml": TASK + 'kind = "llama_cpp"\npath = "gemma.gguf"\n', "gemma.gguf": "GGUF"},
        lacks="xllamacpp",
        code=3,
        help="The core of mollia is small; what runs models in process is installed on demand. "
        "[Installation](installation.md) lists the extras.",
    ),
    Fault(
        title="There is no student",
        words=("predict", "out/student", "answers.csv"),
        help="`mollia run` writes it; `mollia fuse` does not train one. Give the folder, not a file in it.",
    ),
    Fault(
        title="A ledger is damaged",
        words=("ledger", "out/ledger.sqlite"),
        files={"out/ledger.sqlite": "this was a ledger before the disk was full"},
        help="The ledger holds the answers that were paid for. Copy it when no run is going on, with its `-wal` file.",
    ),
    Fault(
        title="There is no human label to score with",
        words=("compare", "ours.csv", "theirs.csv", "--labels", "audit.csv"),
        files={
            "ours.csv": "id,label\n1,Delivery\n2,Refund\n",
            "theirs.csv": "id,label\n1,Other\n2,Refund\n",
            "audit.csv": "id,label\n1,\n2,\n",
        },
        code=4,
        help="A figure needs human labels that trained neither side: fill in the label column, or draw an audit sample "
        "(`mollia seed --audit`). [What the figure means](what-the-figure-means.md)",
    ),
)


def page() -> str:
    """Return the page."""
    return "\n\n".join([HEAD.strip(), *(_section(fault) for fault in FAULTS)]) + "\n"


def _section(fault: Fault) -> str:
    return (
        f"## {fault.title}\n\n```text\n$ mollia {' '.join(fault.words)}\n{said(fault)}\n```\n\n{fault.help}"
    )


def said(fault: Fault) -> str:
    """Make the fault and return what mollia said, as it reads on any machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Refuses)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    port = server.server_address[1]
    start = ("-c", WITHOUT.format(fault.lacks)) if fault.lacks else ("-m", "mollia")
    with tempfile.TemporaryDirectory() as folder:
        for name, content in {"answers.csv": ANSWERS, **fault.files}.items():
            path = Path(folder) / name
            path.parent.mkdir(exist_ok=True)
            written = content if isinstance(content, bytes) else content.replace("{port}", str(port)).encode()
            path.write_bytes(written)
        done = subprocess.run(  # noqa: S603  # mollia itself
            [sys.executable, *start, *fault.words],
            cwd=folder,
            env=_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
    server.shutdown()
    if done.returncode != fault.code:
        raise SystemExit(f"{fault.title}: exit code {done.returncode}\n{done.stdout}")
    shown = done.stdout.replace(f":{port}/", f":{REFUSING}/")
    shown = re.sub(r"\S*[/\\](?:python[\d.]*|mollia)(?= )", _name, shown)
    return "\n".join(line.rstrip() for line in shown.rstrip().splitlines())


def _name(called: re.Match[str]) -> str:
    """Return the name of a program without where it is here."""
    return "mollia" if called[0].endswith("mollia") else "python"


def _environment() -> dict[str, str]:
    return {**os.environ, "REFUSED_KEY": "not-a-key", "COLUMNS": "110"}


class _Refuses(BaseHTTPRequestHandler):
    """A server that knows no key."""

    def do_GET(self) -> None:  # the library's name
        self._refuse()

    def do_POST(self) -> None:  # the same
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._refuse()

    def _refuse(self) -> None:
        body = b'{"error": {"message": "Incorrect API key provided."}}'
        self.send_response(401)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the library's name
        """Say nothing."""


if __name__ == "__main__":
    Path(sys.argv[1] if len(sys.argv) > 1 else PAGE).write_text(page(), "utf-8")

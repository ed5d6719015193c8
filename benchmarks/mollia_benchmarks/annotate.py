"""What asking costs on our side: answers and ledger rows per second, memory, tokens read by a real LLM."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from mollia.annotate.ask_panel import ask_panel
from mollia.annotate.few_shot import Example, fixed
from mollia.annotate.llama_cpp import LlamaCpp
from mollia.annotate.openai_server import OpenAIServer
from mollia.annotate.prompt import make_questions
from mollia.annotate.retry import Endpoint
from mollia.ledger.sqlite_store import open_store
from mollia.records import Answer, Question
from mollia.settings import AskedWith
from mollia_benchmarks.datasets import Recorded
from mollia_benchmarks.loopback import LoopbackServer, Reply, Request, chat_reply

CLASSES = ["refund", "delivery", "other"]
TOP = {"refund": 0.7, "delivery": 0.2, "other": 0.05} | {f"word{i}": 0.002 for i in range(17)}
LEDGER_ROWS, LEDGER_BATCH = 100_000, 10_000
REAL_TEXTS, MOST_SHOWN, SHOTS, SAMPLES = 10, 200, 12, 10
Say = Callable[[str], None]


def run(*, calls: int, rows: int, texts: Recorded, weights: Path | None, say: Say) -> str:
    """Measure and return a table; `weights` is a .gguf file for the part with a real LLM, which reads `texts`."""
    lines = [f"{'what':<58}{'figure':>14}  goal"]
    with TemporaryDirectory(prefix="mollia-bench") as folder:
        path = Path(folder)
        say("asking a loopback server ...")
        rate, overhead = client_rate(path / "client.sqlite", calls)
        lines.append(_line("answers per second, zero-latency server (8 threads)", f"{rate:.0f}", "500"))
        lines.append(_line("client's own processor time an answer, ms", f"{overhead * 1000:.2f}", ""))
        say("writing a ledger ...")
        lines.append(
            _line(
                "ledger rows per second, batches of 10,000",
                f"{ledger_rate(path / 'rows.sqlite'):.0f}",
                "20000",
            )
        )
        say("asking many rows ...")
        growth = memory_growth(path / "many.sqlite", rows)
        lines.append(_line(f"memory growth over {rows} rows being answered, MB", f"{growth:.1f}", "flat"))
    if weights is not None:
        say("asking a real LLM ...")
        ours, paper, cached = tokens_a_text(weights, texts)
        lines.append(_line("tokens a real LLM reads and writes a text: ours", f"{ours:.0f}", ""))
        lines.append(_line("  the paper's way (10 samples, 1 forward)", f"{paper:.0f}", ""))
        lines.append(_line("  the same, had its prompt been cached", f"{cached:.0f}", ""))
    return "\n".join(lines)


def _line(what: str, figure: str, goal: str) -> str:
    return f"{what:<58}{figure:>14}  {goal}".rstrip()


def constant(request: Request) -> Reply:
    """Answer every question alike, with log-probabilities."""
    if request.method == "GET":
        return Reply(body={"data": [{"id": "m", "owned_by": "vllm"}]})
    return Reply(body=chat_reply(["refund"], top=TOP))


def client_rate(ledger: Path, calls: int) -> tuple[float, float]:
    """Return answers per second and our processor seconds per answer, the server in a process of its own."""
    code = "from mollia_benchmarks.annotate import serve_constant; serve_constant()"
    with subprocess.Popen(  # noqa: S603  # our own interpreter and words
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        if server.stdout is None:
            raise RuntimeError("no pipe to the server")
        url = server.stdout.readline().strip()
        annotator = OpenAIServer(Endpoint(llm="bench", urls=[url]), model="m")
        questions = _questions(calls)
        started, used = time.monotonic(), time.process_time()
        with open_store(ledger) as store:
            result = ask_panel(questions, [annotator], store)
        seconds, used = time.monotonic() - started, time.process_time() - used
        annotator.close()
        server.terminate()
    return result.asked / seconds, used / result.asked


def serve_constant() -> None:
    """Serve until the process is ended; the address goes to standard output."""
    server = LoopbackServer(constant)
    server.keep = False
    with server:
        sys.stdout.write(server.url + "\n")
        sys.stdout.flush()
        sys.stdin.read()


def ledger_rate(ledger: Path) -> float:
    """Return rows a second that the ledger takes in batches, synced to the disk."""
    z = np.log([0.7, 0.2, 0.1])
    spent = 0.0
    with open_store(ledger) as store:
        for start in range(0, LEDGER_ROWS, LEDGER_BATCH):
            batch = [
                Answer(
                    key=f"{row:032x}", text_id=str(row), llm="bench", replies=("refund",), label_logprobs=z
                )
                for row in range(start, start + LEDGER_BATCH)
            ]
            started = time.monotonic()
            store.add(batch)
            spent += time.monotonic() - started
    return LEDGER_ROWS / spent


class Instant:
    """A live annotator without a server: what remains is `ask_panel` and the ledger."""

    live = True
    parallel = 1
    name = "instant"

    def fingerprint(self) -> str:
        """Nothing can change the answer."""
        return ""

    def probe(self, _questions: Sequence[Question], /) -> None:
        """There is nothing to find out."""

    def annotate(self, questions: Iterable[Question], /) -> Iterator[Answer]:
        """Answer every question alike."""
        z = np.log([0.7, 0.2, 0.1])
        for question in questions:
            yield Answer(key=question.key, text_id=question.text_id, llm=self.name, label_logprobs=z, calls=1)

    def close(self) -> None:
        """Nothing is held open."""


def memory_growth(ledger: Path, rows: int) -> float:
    """Return how many MB the process grew from a tenth of the answers to the last."""
    sizes: list[float] = []

    def watch(_stage: str, done: int, _total: int, /) -> None:
        if done >= rows * (0.1 + 0.9 * bool(sizes)):
            sizes.append(_resident())

    with open_store(ledger) as store:
        ask_panel(_questions(rows), [Instant()], store, progress=watch)
    return sizes[-1] - sizes[0]


def _resident() -> float:
    """Return the process's memory in MB: now where the system tells, else its highest so far."""
    status = Path("/proc/self/statm")
    if status.exists():
        return int(status.read_text().split()[1]) * resource.getpagesize() / 2**20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def tokens_a_text(weights: Path, recorded: Recorded) -> tuple[float, float, float]:
    """Return tokens per text: read and written by our scoring, and by ten samples and a forward pass.

    Twelve examples of the set in the prompt, the base model continuing it. The third figure
    counts the shared prompt of the samples once for each text.
    """
    first = len(recorded) // 2
    shown = fixed(recorded.gold[: min(first, MOST_SHOWN)], SHOTS).tolist()
    examples = [Example(text_id=str(i), text=recorded.texts[i], label=int(recorded.gold[i])) for i in shown]
    rows = range(first, min(first + REAL_TEXTS, len(recorded)))

    def ask(samples: int) -> Sequence[Question]:
        return make_questions(
            [str(row) for row in rows],
            [recorded.texts[row] for row in rows],
            instruction=recorded.about.instruction,
            classes=recorded.classes,
            examples=examples,
            asked_with=AskedWith(samples=samples),
        )

    model = LlamaCpp("bench", weights, chat=False)
    try:
        scored = list(model.annotate(ask(0)))
        client = model.client("samples", scoring="votes")
        sampled = list(client.annotate(ask(SAMPLES)))
        client.close()
    finally:
        model.close()
    ours = float(np.mean([a.prompt_tokens + a.reply_tokens for a in scored]))
    prompt = float(np.mean([a.prompt_tokens / SAMPLES for a in sampled]))
    written = float(np.mean([a.reply_tokens for a in sampled]))
    return ours, (SAMPLES + 1) * prompt + written, prompt + written


def _questions(n: int) -> Sequence[Question]:
    ids = [str(row) for row in range(n)]
    texts = [f"where is my parcel number {row}" for row in range(n)]
    return make_questions(ids, texts, instruction="What is it about?", classes=CLASSES)

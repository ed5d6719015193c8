"""Who labels the pool in the paper's protocol, and the labels, fused once a seed and kept in a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from types import MappingProxyType

import numpy as np

from mollia.arrays import Mask, Probs, one_hot
from mollia.fusion import fuse
from mollia.fusion.negative_labels import answers_rule
from mollia.fusion.observation import has_answer, observe
from mollia.people.known_rows import KnownRows
from mollia.protocols import Fuser
from mollia.quality.gold_scores import best_llm, llm_labels
from mollia.quality.panel_labels import PanelLabels
from mollia.records import Fused
from mollia.registry import find
from mollia.robust.discrepancy import ALPHA
from mollia.robust.negative_learning import LAMBDA_END, LAMBDA_START
from mollia.task.config import StudentSpec
from mollia_benchmarks.exam import Exam, exam
from mollia_benchmarks.fusion import MOLAMS, molam_for
from mollia_benchmarks.grid import Made, packed
from mollia_benchmarks.protocol import labels_of

LABELS = "labels"
SEED_LABELS = 50
ALL_ROWS = 10**9
PLAIN = StudentSpec(alpha=1.0, lambda_start=0.0, lambda_end=0.0)
PAPERS = StudentSpec(alpha=ALPHA, lambda_start=LAMBDA_START, lambda_end=LAMBDA_END)
OURS = StudentSpec(alpha=0.5)  # row weights and Y- as in the paper; PLAIN is the ablation


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotator:
    """One way to label: its name in tables, and how the student is trained on its labels.

    `soft`: the posterior is the label, else its argmax. `labels_of` names the annotator whose posterior it
    takes, itself by default.
    """

    title: str
    student: StudentSpec = PLAIN
    soft: bool = False
    labels_of: str = ""


ANNOTATORS: Mapping[str, Annotator] = MappingProxyType(
    {
        "oracle": Annotator(title="ORACLE (gold)"),
        "best_llm": Annotator(title="best single LLM"),
        "best_llm_soft": Annotator(title="best single LLM, soft", soft=True, labels_of="best_llm"),
        "mean": Annotator(title="LLMs-L (mean)"),
        "mean_soft": Annotator(title="LLMs-L (mean), soft", soft=True, labels_of="mean"),
        "vote": Annotator(title="LLMs-V (vote)"),
        "vote_soft": Annotator(title="LLMs-V (vote), soft", soft=True, labels_of="vote"),
        "molam": Annotator(title="MoLAM as published", student=PAPERS),
        "molam_repaired": Annotator(title="MoLAM repaired", student=PAPERS),
        "molam_repaired_soft": Annotator(
            title="MoLAM repaired, soft", student=PAPERS, soft=True, labels_of="molam_repaired"
        ),
        "molam_normalised": Annotator(title="MoLAM normalised", student=PAPERS),
        "ours": Annotator(title="mollia", student=OURS, soft=True),
        "ours_plain": Annotator(title="mollia, every row alike", soft=True, labels_of="ours"),
    }
)
# What is compared unless told otherwise: soft labels where an annotator has them, MoLAM both ways.
MAIN = ("oracle", "best_llm_soft", "mean_soft", "vote_soft", "molam", "molam_repaired_soft", "ours")


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Labelling:
    """One annotator on one set with one draw of the human seed."""

    set: str
    annotator: str
    seed: int
    most: int = ALL_ROWS

    @property
    def file(self) -> str:
        """The cell's file name."""
        return f"{self.set}.labels.{self.annotator}.{self.most}.{self.seed}.json"

    @property
    def made(self) -> str:
        """The file of the labels, under the benchmark's folder."""
        return f"{LABELS}/{self.file.replace('.json', '.posterior.npz')}"


def seed_of(taken: Exam, seed: int) -> KnownRows:
    """Return what people said: 50 rows drawn at random, again for each seed."""
    y = labels_of(taken.gold, SEED_LABELS, seed)
    return KnownRows(y=y, labelled=y >= 0, copies=np.zeros(len(y), bool), conflicts=())


def label(cell: Labelling, *, data: Path) -> Made:
    """Label the pool, and score the labels where nobody labelled."""
    taken = exam(cell.set, data, most=cell.most)
    known = seed_of(taken, cell.seed)
    made = _labels(taken, known, cell)
    kept = packed(posterior=made.fused.posterior, negative=made.fused.negative, usable=made.usable)
    scored = ~known.labelled & made.usable
    scores = {
        "accuracy": float((made.fused.label == taken.gold)[scored].mean()),
        "usable": float(made.usable[~known.labelled].mean()),
    }
    return Made(scores=scores, files={cell.made: kept})


def labels(cell: Labelling, kept: bytes, *, data: Path, soft: bool) -> PanelLabels:
    """Return the labels that `label` made, the posterior or its argmax."""
    taken = exam(cell.set, data, most=cell.most)
    human = np.ones(len(taken.texts), bool) if cell.annotator == "oracle" else seed_of(taken, cell.seed).known
    with np.load(BytesIO(kept), allow_pickle=False) as arrays:
        posterior = arrays["posterior"]
        return PanelLabels(
            fused=Fused(
                posterior=posterior if soft else one_hot(posterior.argmax(1), posterior.shape[1]),
                negative=arrays["negative"],
                human=human,
                method=cell.annotator,
                calibrated=False,
            ),
            usable=arrays["usable"],
        )


def _labels(taken: Exam, known: KnownRows, cell: Labelling) -> PanelLabels:
    n, n_classes = len(taken.texts), len(taken.classes)
    answered = (llm_labels(taken.answers) >= 0).any(1)
    nothing = np.zeros((n, n_classes), bool)

    def pack(posterior: Probs, negative: Mask = nothing) -> Fused:
        return Fused(
            posterior=posterior, negative=negative, human=known.known, method=cell.annotator, calibrated=False
        )

    if cell.annotator == "oracle":
        return PanelLabels(fused=pack(one_hot(taken.gold, n_classes)), usable=np.ones(n, bool))
    if cell.annotator == "best_llm":
        posterior, usable = _best_llm(taken, known)
        return PanelLabels(fused=pack(posterior), usable=usable)
    fused = fuse(
        taken.answers,
        known.y,
        texts=taken.texts,
        method=_fuser(cell, taken),
        random_state=cell.seed,
    )
    usable = answered | known.known
    if cell.annotator == "ours":
        return PanelLabels(fused=fused, usable=usable)
    negative = answers_rule(taken.answers) & ~known.known[:, None] if cell.annotator in MOLAMS else nothing
    return PanelLabels(fused=pack(fused.posterior, negative), usable=usable)


def _best_llm(taken: Exam, known: KnownRows) -> tuple[Probs, Mask]:
    """Return what the LLM that agrees best with the 50 says of each row (n, K), and where it says something."""
    best = best_llm(taken.answers, known)
    column = 0 if best is None else taken.answers.llms.index(best)
    own = observe(taken.answers)[:, column]
    usable: Mask = has_answer(own[:, None, :])[:, 0] | known.known
    posterior: Probs = np.where(known.known[:, None], one_hot(np.maximum(known.y, 0), own.shape[1]), own)
    return np.where(usable[:, None], posterior, 1 / own.shape[1]), usable


def _fuser(cell: Labelling, taken: Exam) -> str | Fuser:
    """Return the fuser, MoLAM with the paper's settings for the set."""
    if cell.annotator == "ours":
        default: Fuser = find("fuser", "default")(random_state=cell.seed, n_jobs=1)
        return default
    if cell.annotator in MOLAMS:
        return molam_for(taken.about, name=cell.annotator, random_state=cell.seed)
    return cell.annotator

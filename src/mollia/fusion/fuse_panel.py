"""`fuse`: one call from a panel's answers and human labels to labels with confidence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from inspect import signature
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from mollia.arrays import MANY, Classes, Mask, Probs, normalise, one_hot
from mollia.errors import DataError
from mollia.fitting import Learned, fitted_posterior, learned
from mollia.fusion.carried import CarriedRows
from mollia.fusion.checks import check_texts, human_labels
from mollia.fusion.known_llms import KnownLLMs
from mollia.fusion.negative_labels import PLANNED, share_rule, unchecked_rule
from mollia.fusion.observation import has_answer, observe, usable_answers
from mollia.fusion.sample import chunks
from mollia.note import Note
from mollia.protocols import Encoder, Fuser, Student
from mollia.records import Fused, PanelAnswers
from mollia.registry import find
from mollia.threads import at_once

UNCALIBRATED = "There are no human labels: the confidence is uncalibrated."


def fuse(
    answers: PanelAnswers,
    y: ArrayLike,
    *,
    texts: Sequence[str] | None = None,
    method: str | Fuser = "default",
    text_view: Encoder | Callable[[], Student] | None = None,
    classes: Sequence[str] | None = None,
    known: KnownLLMs | CarriedRows | None = None,
    random_state: int | None = 0,
) -> Fused:
    """Fuse a panel's answers with human labels.

    A person's label is kept: such rows have a one-hot posterior, no Y-, and `human` True. Y- of the other rows
    never holds their label. At most one row in a hundred should have its class there: checked on the human
    labels where the method is calibrated, else planned with more caution.

    Parameters
    ----------
    answers : PanelAnswers
        Of n rows, N LLMs, K classes.
    y : (n,)
        Class numbers, -1 = no human label; all -1 is allowed.
    texts : n strings, optional
        The default method learns from them too.
    method : str or Fuser
        A name the registry knows ("default", "molam", "molam_repaired", "dawid_skene", "vote", "mean"), or an
        estimator.
    text_view : Encoder or callable, optional
        What the default method reads the texts with in place of TF-IDF: vectors, or what makes a Student.
    classes, known : K strings, KnownLLMs or CarriedRows, optional
        Names for the notes; what earlier tasks showed of the LLMs, or rows that people labelled in one, for the default method.

    Raises
    ------
    DataError
        When y or texts do not fit the answers, or the method has no text view.
    TaskError
        When the registry does not know the method.
    """
    labels = human_labels(answers, y)
    check_texts(answers, texts)
    name, fuser = _fuser(method, random_state, text_view, known)
    if len(answers):
        posterior = normalise(fitted_posterior(fuser, answers, labels, texts=texts))
    else:
        posterior = np.zeros((0, answers.n_classes))
    said = learned(fuser)
    human = labels >= 0
    return Fused(
        posterior=np.where(human[:, None], one_hot(labels, answers.n_classes), posterior).astype(
            posterior.dtype
        ),
        negative=_negative(answers, posterior, said) & ~human[:, None],
        human=human,
        method=name,
        calibrated=said.calibrated,
        notes=(*_notes(answers, labels, said, classes), *_overruled(answers, posterior, human)),
        by_students=said.by_students,
    )


def _fuser(
    method: str | Fuser,
    random_state: int | None,
    text_view: Encoder | Callable[[], Student] | None,
    known: KnownLLMs | CarriedRows | None,
) -> tuple[str, Fuser]:
    key = "encoder" if hasattr(text_view, "encode") else "student"
    maker = find("fuser", method) if isinstance(method, str) else type(method)
    takes = signature(maker).parameters
    if text_view is not None and (key not in takes or not isinstance(method, str)):
        raise DataError(
            f"The method {method if isinstance(method, str) else type(method).__name__} takes no text view.",
            hint='Use method "default", or give the estimator its own encoder or student.',
        )
    if known is not None and ("known" not in takes or not isinstance(method, str)):
        what = "priors" if isinstance(known, KnownLLMs) else "carried rows"
        raise DataError(
            f"The method {method if isinstance(method, str) else type(method).__name__} takes no {what}.",
            hint=f'Use method "default", or leave the {what} out.',
        )
    if not isinstance(method, str):
        return type(method).__name__, method
    settings: dict[str, Any] = {"random_state": random_state} if "random_state" in takes else {}
    settings |= {} if known is None else {"known": known}
    return method, maker(**settings, **({} if text_view is None else {key: text_view}))


def _negative(answers: PanelAnswers, posterior: Probs, said: Learned) -> Mask:
    if not said.calibrated:
        return unchecked_rule(answers, posterior)
    return share_rule(posterior, level=PLANNED if said.negative_level is None else said.negative_level)


def _notes(
    answers: PanelAnswers, labels: Classes, said: Learned, classes: Sequence[str] | None
) -> tuple[str, ...]:
    notes: list[str] = []
    if not (labels >= 0).any():
        notes.append(UNCALIBRATED)
    else:
        unseen = sorted(set(range(answers.n_classes)) - set(labels.tolist()))
        if unseen:
            notes.append(
                f"No human label is of class {_listed(unseen, classes)}: what is said of it rests on the "
                "answers alone, and its confidence is unchecked."
            )
    notes.extend(said.notes)
    usable = usable_answers(answers)
    if len(answers):
        silent = [llm for llm, some in zip(answers.llms, usable.sum(0), strict=True) if not some]
        if silent:
            notes.append(f"No usable answer at all came from: {', '.join(silent)}.")
        unanswered = int((~usable.any(1)).sum())
        if unanswered:
            notes.append(f"{unanswered} of {len(answers)} rows have no usable answer of any LLM.")
    return tuple(notes)


def _overruled(answers: PanelAnswers, posterior: Probs, human: Mask) -> tuple[str, ...]:
    """Say in how many rows all LLMs gave one class and the fused label is another."""

    def counted(rows: slice) -> tuple[int, int]:
        o = observe(answers[rows])
        said, answered = o.argmax(2), has_answer(o)
        first = np.take_along_axis(said, answered.argmax(1)[:, None], 1)  # (n, 1)
        unanimous = (answered.sum(1) > 1) & ((said == first) | ~answered).all(1) & ~human[rows]
        return int((unanimous & (posterior[rows].argmax(1) != first[:, 0])).sum()), int(unanimous.sum())

    parts = list(at_once(counted, chunks(len(answers)), many=len(answers) > MANY)) if answers.llms else []
    n, n_unanimous = sum(changed for changed, _ in parts), sum(unanimous for _, unanimous in parts)
    if not n:
        return ()
    overruled = (
        f"{n} of the {n_unanimous:,} rows on which all LLMs agree got a different label, because texts and "
        "human labels speak against it."
    )
    return (Note(overruled),)


def _listed(numbers: Sequence[int], classes: Sequence[str] | None) -> str:
    shown = ", ".join(f'"{classes[k]}"' if classes else str(k) for k in numbers[:10])
    shown = shown if classes else f"number {shown}"
    return shown if len(numbers) <= 10 else f"{shown} and {len(numbers) - 10} more"  # noqa: PLR2004  # a line's worth

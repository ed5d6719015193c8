"""What a person may write in a task file, in small: sections, kinds of values, and a panel member of any kind.

Relative paths are meant from the task file's folder, which validation gets as its context.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    SerializationInfo,
    ValidationInfo,
)

from mollia.errors import TaskError
from mollia.protocols import Annotator
from mollia.records import Recording

HUB = "hub:"


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedWith:
    """How one LLM is asked; LLMs asked alike share their questions.

    Parameters
    ----------
    samples, temperature, top_p : sampled answers per text (0 = none), and how they are drawn.
    context : tokens the model can read; texts are cut to what is left. None = texts are not cut.
    max_tokens : tokens of the reply, kept free.
    variant : which wording and order of classes (panel members may differ).
    """

    samples: int = 0
    temperature: float = 0.7
    top_p: float = 0.9
    context: int | None = None
    max_tokens: int = 16
    variant: int = 0


LABELS_ONLY = AskedWith()  # for label probabilities, without samples


def from_folder(path: Path, info: ValidationInfo) -> Path:
    """Return a path from the task file's folder; a hub's name stays as it is."""
    if str(path).startswith(HUB):
        return path
    folder = (info.context or {}).get("folder", Path())
    resolved: Path = folder / path.expanduser()
    return resolved


def seen_from(path: Path, info: SerializationInfo) -> str:
    """Return a path as it is written in a task file of the context's folder; without a folder, as it is."""
    folder: Path | None = (info.context or {}).get("folder")
    return str(path) if folder is None or str(path).startswith(HUB) else seen_from_folder(path, folder)


def seen_from_folder(path: Path, folder: Path) -> str:
    """Return a path as it is written in a file of the folder."""
    try:  # resolved, as ".." leads out of what a link points to
        return Path(
            os.path.relpath(Path(os.path.realpath(path.parent)) / path.name, os.path.realpath(folder))
        ).as_posix()
    except ValueError:  # another drive on Windows
        return path.absolute().as_posix()


def _filled(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be blank")
    return text


FromFolder = Annotated[Path, AfterValidator(from_folder), PlainSerializer(seen_from, when_used="json")]
Filled = Annotated[str, AfterValidator(_filled)]
# strict: TOML is typed, and `batch = true` or `batch = "50"` is a slip
Share = Annotated[float, Field(ge=0, le=1, strict=True)]
Cap = Annotated[float, Field(ge=0, allow_inf_nan=False, strict=True)]
Count = Annotated[int, Field(ge=0, strict=True)]
Number = Annotated[int, Field(ge=1, strict=True)]
Choose = Literal["fixed", "nearest", "diverse"]
PromptForm = Literal["chat", "plain"]  # plain: base models continue a text instead of answering

ReadRecording = Callable[[Path, Sequence[str]], Mapping[str, Recording]]


class Section(BaseModel):
    """A table of the task file: unknown keys are refused, values cannot be changed."""

    # The text below a key is its description in docs/task-file.md (`make reference`).
    model_config = ConfigDict(
        extra="forbid", frozen=True, validate_default=True, use_attribute_docstrings=True
    )


class PanelMember(Section):
    """`[[panel]]`: one LLM, with the keys that every kind has.

    The registry's group `annotator` leads from a kind's name to its settings, a class derived from this one,
    which adds keys of its own and says how it is opened.
    """

    here: ClassVar[bool] = False  # whether the model is loaded by the process that asks
    name: Filled
    """The name of the LLM in all outputs."""
    kind: str
    """How it is asked: a name of the registry."""
    samples: Annotated[Count, Field(le=1000)] = 0
    """Sampled answers per text; 0: label probabilities only."""
    temperature: Annotated[Cap, Field(le=5)] = 0.7
    """Temperature of sampled answers."""
    top_p: Annotated[Share, Field(gt=0)] = 0.9
    """top_p of sampled answers."""
    max_tokens: Number = 16
    """Most tokens of one sampled answer."""
    context: Number | None = None
    """Tokens that the model can read; longer texts are cut."""
    variant: Count = 0
    """1, 2, ...: another order of the classes and another wording for this LLM."""
    examples: Count | None = None
    """How many labelled texts this LLM is shown, if other than `[examples]` says."""
    choose: Choose | None = None
    """How they are chosen, if other than `[examples]` says."""
    price_in: Cap = 0.0
    """Money per million tokens read."""
    price_out: Cap = 0.0
    """Money per million tokens written."""

    @property
    def reads(self) -> frozenset[str]:
        """The contents of rows this LLM can be asked about (`mollia.content.Kind`)."""
        return frozenset({"text"})

    def asked_with(self) -> AskedWith:
        """Return what the settings say about the questions."""
        return AskedWith(**self.model_dump(include={each.name for each in fields(AskedWith)}))

    def open(self) -> Annotator:
        """Return the annotator these settings describe."""
        raise TaskError(
            f'panel member "{self.name}": the kind "{self.kind}" cannot be opened: {type(self).__name__} has neither '
            "open nor open_all.",
            hint="The package that adds this kind must define one of them: open() returns an annotator.",
        )

    @classmethod
    def open_all(cls, members: Sequence[Self], _read: ReadRecording, /) -> list[Annotator]:
        """Return an annotator for each member of this kind; `_read` reads recorded answers to the task's rows."""
        return [member.open() for member in members]

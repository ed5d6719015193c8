"""The task file as models: what a person may write, with ranges and defaults.

Relative paths are meant from the task file's folder, which validation gets as its context.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    PrivateAttr,
    SerializationInfo,
    SerializeAsAny,
    ValidationInfo,
    field_validator,
    model_validator,
)

from mollia.errors import TaskError, did_you_mean
from mollia.registry import MADE_OF_A_MODEL, Kind, find, names, takes
from mollia.settings import (
    Cap,
    Choose,
    Count,
    Filled,
    FromFolder,
    Number,
    PanelMember,
    Section,
    Share,
    from_folder,
    seen_from,
)
from mollia.task.data_section import Data
from mollia.task.task_file import TASK
from mollia.text_format import TextFormat


def _model(name: str, info: ValidationInfo) -> str:
    """Return what is there as its path; any other name is a hub repository's."""
    path = from_folder(Path(name), info)
    if path.exists():
        return str(path)
    if name.startswith((".", "/", "~")) or "\\" in name or name.count("/") > 1:
        raise ValueError(f'there is no folder or file "{path}"; a hub repository is written as "owner/name"')
    return name


def _encoder(written: str, info: ValidationInfo) -> str:
    """Return an encoder's name, its model (after a colon) as a path where it is one."""
    name, colon, model = written.partition(":")
    if not colon:
        return _one_of("encoder", written)
    if name not in MADE_OF_A_MODEL or not model:
        raise ValueError(
            f'"{written}": a model stands after {", ".join(f"{each}:" for each in MADE_OF_A_MODEL)}'
        )
    return f"{name}:{_encoder(model, info) if name == 'hybrid' else _model(model, info)}"


def _model_seen_from(model: str, info: SerializationInfo) -> str:
    """Undo `_model` for a task file in another folder, the context's."""
    return seen_from(Path(model), info) if Path(model).exists() else model


def _encoder_seen_from(written: str, info: SerializationInfo) -> str:
    """Undo `_encoder` for a task file in another folder, the context's."""
    name, colon, model = written.partition(":")
    seen = _encoder_seen_from if name == "hybrid" else _model_seen_from
    return name + colon + (seen(model, info) if colon else "")


def _one_of(kind: Kind, written: str, *further: str) -> str:
    """Refuse a name that is not in the registry."""
    known = list(dict.fromkeys([*further, *names(kind)]))
    if written not in known:
        raise ValueError(f'"{written}" is unknown.{did_you_mean(written, known)} Known: {", ".join(known)}')
    return written


def _member(written: object, info: ValidationInfo) -> PanelMember:
    """Check a `[[panel]]` table by the settings of its kind."""
    if isinstance(written, PanelMember):
        return written
    return member_model(written).model_validate(written, context=info.context)


def member_model(written: object) -> type[PanelMember]:
    """Return the settings that go with a table's `kind`; without a known one, those that say so."""
    kind = written.get("kind") if isinstance(written, Mapping) else None
    if not isinstance(kind, str) or kind not in names("annotator"):
        return _OfNoKind
    found = find("annotator", kind)
    if not (isinstance(found, type) and issubclass(found, PanelMember)):
        raise TaskError(
            f'The annotator "{kind}" is {found!r}, not settings of a panel member.',
            hint="Its entry point must name a class derived from mollia.settings.PanelMember.",
        )
    return found


class _OfNoKind(PanelMember):
    """A panel member of a kind that is missing or unknown; keys only its kind would know are passed over."""

    model_config = ConfigDict(extra="ignore")

    @field_validator("kind")
    @classmethod
    def _known(cls, kind: str) -> str:
        return _one_of("annotator", kind)


class ClassSpec(Section):
    """`[[classes]]`: one class."""

    name: Filled
    """Name of the class, as it stands in labels and answers."""
    description: str = ""
    """What belongs to the class, in a sentence or two; shown to LLMs and people."""
    aliases: tuple[Filled, ...] = ()
    """Further spellings that count as this class, in answers and in human labels."""

    @field_validator("name")
    @classmethod
    def _trimmed(cls, name: str) -> str:
        if name != name.strip():
            raise ValueError(f'"{name}" has blanks at its ends')
        return name

    @property
    def names(self) -> tuple[str, ...]:
        """The name and its aliases."""
        return (self.name, *self.aliases)


class Seed(Section):
    """`[seed]`: where the human labels come from."""

    path: FromFolder | None = None
    """File with the human labels. Labels given on the page (`mollia serve`) are in the ledger and need no file."""
    id: str = "id"
    """Its column with the ids of the rows."""
    label: str = "label"
    """Its column with the labels; a blank cell means not labelled."""
    encoding: str | None = None
    """Its encoding; left out: that of the data."""
    draw: Count | None = None
    """For benchmarks: draw this many rows at random from the gold column instead of reading a file."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.path is not None and self.draw is not None:
            raise ValueError("give path (labels in a file) or draw (from the gold column), not both")
        return self


class Examples(Section):
    """`[examples]`: labelled texts of the seed that the LLMs are shown (few-shot); a panel member may have its own."""

    number: Count = 0
    """How many labelled texts of the seed the prompt shows. A text is never shown its own label."""
    choose: Choose = "fixed"
    """`fixed`: the same examples for every text; `nearest`: the labelled texts nearest to it; `diverse`: the nearest of each class."""


class Fuse(Section):
    """`[fuse]`: how the panel's answers become one label."""

    method: str = "default"
    """The fuser. `default` is a calibrated mixture; the others are there to compare with."""
    text_view: str = "auto"
    """How the texts are read when labels are fused at the end of a run. `tfidf`: word counts; a kind of student: that student; `auto`: `finetune` where torch and the weights are at hand and the minutes below are enough, else `tfidf`."""
    text_view_minutes: Cap | None = None
    """How long students may be taught for it; what is taught by then is used. By default ten minutes with `auto`, and as long as it takes with a kind of student."""

    priors: FromFolder | None = None
    """File that `mollia priors` wrote: what the LLMs showed on earlier tasks, where the fuser starts from (docs/priors.md)."""
    carried: FromFolder | None = None
    """File that `mollia adapt` wrote: rows that people labelled in a finished task, which teach the fuser beside the seed (docs/new-domain.md)."""

    @field_validator("text_view")
    @classmethod
    def _view(cls, name: str) -> str:
        return name if name in {"auto", "tfidf"} else _one_of("student", name, "auto", "tfidf")

    @field_validator("method")
    @classmethod
    def _known(cls, method: str) -> str:
        return _one_of("fuser", method)

    @model_validator(mode="after")
    def _read_by_a_student(self) -> Self:
        if self.text_view not in {"auto", "tfidf"} and not takes("fuser", self.method, "student"):
            raise ValueError(
                f'text_view "{self.text_view}" needs method "default": "{self.method}" hears no student'
            )
        if self.priors is not None and not takes("fuser", self.method, "known"):
            raise ValueError(f'priors need method "default": "{self.method}" takes none')
        if self.carried is not None and self.priors is not None:
            raise ValueError("give priors or carried, not both")
        if self.carried is not None and not takes("fuser", self.method, "known"):
            raise ValueError(f'carried rows need method "default": "{self.method}" takes none')
        return self


class StudentSpec(Section):
    """`[student]`: the small classifier and its robust training (docs/method.md, section 4).

    `kind` "a+b": student a picks the rows of all rounds, student b is trained on all labels at the end.
    """

    kind: str = "frozen"
    """The classifier that the run leaves behind. `a+b`: student a picks the rows of all rounds, student b is trained on all labels at the end."""
    encoder: Annotated[
        str, AfterValidator(_encoder), PlainSerializer(_encoder_seen_from, when_used="json")
    ] = "lexical"
    """What a frozen student reads. A model may follow after a colon: `onnx:models/encoder.onnx`, `onnx_image:models/clip`. Left out: `vectors` where the data has some, `pixels` for images, else `lexical`."""
    model: Annotated[Filled, AfterValidator(_model), PlainSerializer(_model_seen_from, when_used="json")] = (
        "auto"
    )
    """Where fine-tuning starts: a hub repository, or a folder with `config.json`, `model.safetensors` and `tokenizer.json`. `auto`: all-mpnet-base-v2 where it is on this machine and takes ten minutes at most, else all-MiniLM-L6-v2."""
    robust: Literal["fixed", "learned", "trust"] = "fixed"
    """How much a fused label counts. `fixed`: by `alpha` and the two lambdas; `learned`: by what the human labels show; `trust`: by the probability of each label."""
    alpha: Share = 1.0  # the paper has .5; beside calibrated soft labels it costs half a point
    """Weight of rows on which the student and the panel differ (the paper: 0.5)."""
    lambda_start: Cap = 0.4
    """Weight of the negative labels in the first round."""
    lambda_end: Cap = 1.0
    """Weight of the negative labels in the last round."""

    @field_validator("kind")
    @classmethod
    def _known(cls, kind: str) -> str:
        halves = kind.split("+")
        if len(halves) > 2:  # noqa: PLR2004  # one in the rounds, one at the end
            raise ValueError(f'"{kind}" names {len(halves)} students; two at most, as in "frozen+finetune"')
        for name in halves:
            _one_of("student", name, "frozen+finetune")
        return kind

    @property
    def kinds(self) -> tuple[str, str]:
        """The student of the rounds and the one trained at the end."""
        first, _, last = self.kind.partition("+")
        return first, last or first


class Query(Section):
    """`[query]`: which rows come next, and how many."""

    strategy: str = "default"
    """Which rows the next batch takes; `default` is `entropy`."""
    batch: Number = 50
    """Rows per round."""
    rounds: Count = 10
    """How many rounds."""

    @field_validator("strategy")
    @classmethod
    def _known(cls, strategy: str) -> str:
        return _one_of("query", strategy)


class BudgetSpec(Section):
    """`[budget]`: caps; a key that is left out sets none."""

    calls: Count | None = None
    """Most requests, over all runs of the task. A run that reaches a cap keeps what it has; raise it to go on."""
    tokens: Count | None = None
    """Most tokens read and written, over all runs."""
    seconds: Cap | None = None
    """Longest time of asking, over all runs."""
    money: Cap | None = None
    """Most money, by `price_in` and `price_out`, over all runs."""


class Run(Section):
    """`[run]`: chance, where results go, whom to ask, and when to stop before the rounds are over."""

    random_state: Count | None = 0
    """Random seed: the same number gives the same result."""
    out: FromFolder = Path("mollia_out")
    """Folder for the results. Left out of a task file: `<name of the file>_out` beside it."""
    ask: Literal["pool", "batches"] = "pool"
    """`pool`: the panel answers every text; `batches`: only the texts of the seed and of each round."""
    cascade: Annotated[bool, Field(strict=True)] = False
    """Ask the LLMs one after another, and only about rows whose label a further answer could change. Needs `ask = "pool"`."""
    cascade_loss: Share = 0.01
    """Accuracy that the cascade may lose at most, in 9 of 10 panels: 0.01 is one point."""
    stop: Literal["budget", "kappa", "plateau"] = "budget"
    """When the rounds end early. `budget`: never; `kappa`: when the student stays the same; `plateau`: when its predicted accuracy no longer rises."""
    spreadsheet: Annotated[bool, Field(strict=True)] = False
    """Begin cells of `labels.csv` that a spreadsheet program would take for a formula with an apostrophe."""


class Task(Section):
    """A whole task file; class numbers follow `classes`."""

    name: Filled
    """Name of the task, shown in the report."""
    instruction: Filled
    """The question every LLM is asked about each text."""
    guidelines: str = ""
    """Rules for doubtful cases, shown to LLMs and people."""
    data: Data
    classes: Annotated[tuple[ClassSpec, ...], Field(min_length=1)]
    seed: Seed = Seed()
    panel: Annotated[
        tuple[Annotated[SerializeAsAny[PanelMember], PlainValidator(_member)], ...], Field(min_length=1)
    ]
    examples: Examples = Examples()
    fuse: Fuse = Fuse()
    student: StudentSpec = StudentSpec()
    query: Query = Query()
    budget: BudgetSpec = BudgetSpec()
    run: Run = Run()
    _file: Path | None = PrivateAttr(None)

    def model_post_init(self, context: Any, /) -> None:  # noqa: ANN401  # pydantic's
        """Keep the file's path, which validation gets as its context."""
        self._file = (context or {}).get("file")

    @property
    def file(self) -> Path:
        """The task file, as a person would name it in a command."""
        return self._file or Path(TASK)

    @property
    def seed_format(self) -> TextFormat:
        """How the seed file is written: its delimiter is its own."""
        return TextFormat(encoding=self.seed.encoding or self.data.encoding)

    @field_validator("classes")
    @classmethod
    def _distinct_classes(cls, classes: tuple[ClassSpec, ...]) -> tuple[ClassSpec, ...]:
        if len(classes) == 1:
            raise ValueError(f'only one class ("{classes[0].name}"): at least two are needed to choose from')
        owner: dict[str, str] = {}
        for spec in classes:
            for name in spec.names:
                # a reply's case and Unicode form say nothing, so names must differ in more
                key = unicodedata.normalize("NFC", name).strip().casefold()
                if key in owner and (name == spec.name or owner[key] != spec.name):
                    if name == spec.name and key == owner[key].strip().casefold():
                        raise ValueError(f'Two classes are called "{name}".')
                    raise ValueError(f'"{name}" is a name of two classes: "{owner[key]}" and "{spec.name}"')
                owner[key] = spec.name
        return classes

    @field_validator("panel")
    @classmethod
    def _distinct_llms(cls, panel: tuple[PanelMember, ...]) -> tuple[PanelMember, ...]:
        seen: set[str] = set()
        for llm in panel:
            if llm.name in seen:
                raise ValueError(f'two LLMs are called "{llm.name}"')
            seen.add(llm.name)
        return panel

    @model_validator(mode="after")
    def _seed_from_gold(self) -> Self:
        if self.seed.draw and self.data.gold is None:
            raise ValueError("seed.draw draws from the gold column: name it under data.gold")
        return self

    @model_validator(mode="after")
    def _cascade_over_the_pool(self) -> Self:
        if self.run.cascade and self.run.ask != "pool":
            raise ValueError('run.cascade goes over all texts: it needs run.ask = "pool"')
        return self

    @property
    def class_names(self) -> tuple[str, ...]:
        """The K class names, in order."""
        return tuple(spec.name for spec in self.classes)

    @property
    def labels(self) -> tuple[tuple[str, ...], ...]:
        """K tuples of a class's name and its aliases."""
        return tuple(spec.names for spec in self.classes)

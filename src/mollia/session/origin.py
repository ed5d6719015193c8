"""Where labels come from, for a report that others must be able to check: files by their hash, models, prompts, dates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from mollia.records import Question
from mollia.session.parts import Parts
from mollia.student.export import digest

THE_TEXT = "<the text>"
LONGEST = 20_000  # characters of a prompt that are kept


@dataclass(frozen=True, slots=True, kw_only=True)
class InputFile:
    """A file that was read: what it holds, its name without its folder, and the SHA-256 of its bytes."""

    holds: str
    name: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelAsked:
    """An LLM as it was asked.

    `model` is its name in the task, `reported` are the names under which its servers answered, `server` is what the
    server says it is; `first` and `last` are the days (UTC) of its first and last answer. "" or () = not known.
    """

    llm: str
    model: str
    reported: tuple[str, ...]
    server: str
    first: str
    last: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptShown:
    """What some LLMs were shown, with THE_TEXT in place of a text, and how often they were asked per text.

    `samples` is 0 where only label probabilities were read.
    """

    llms: tuple[str, ...]
    system: str
    user: str
    samples: int
    temperature: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where labels come from."""

    files: tuple[InputFile, ...] = ()
    models: tuple[ModelAsked, ...] = ()
    prompts: tuple[PromptShown, ...] = ()


NOTHING = Origin()


def files_of(holds: Mapping[str, Path | None]) -> tuple[InputFile, ...]:
    """Return the files that there are, by what they hold; a folder or a repository of the hub has no hash."""
    found: dict[Path, list[str]] = {}
    for what, path in holds.items():
        if path is not None and path.is_file():
            found.setdefault(path, []).append(what)
    return tuple(
        InputFile(holds=", ".join(what), name=path.name, sha256=digest(path)) for path, what in found.items()
    )


def origin_of(parts: Parts) -> Origin:
    """Return where a run's labels come from."""
    task = parts.task
    paths: dict[str, Path | None] = {"texts": task.data.path, "human labels": task.seed.path}
    for member in task.panel:
        recorded = getattr(member, "path", None)
        if member.kind == "recorded" and isinstance(recorded, Path):
            paths[f"answers of {member.name}"] = recorded
    live = [each.name for each in parts.annotators if each.live]
    return Origin(files=files_of(paths), models=_models(parts, live), prompts=_prompts(parts.questions, live))


def _models(parts: Parts, live: Sequence[str]) -> tuple[ModelAsked, ...]:
    noted = parts.store.manifest()
    spent = {each.llm: each for each in parts.store.spent()}
    out = []
    for llm in live:
        found = noted.get(f"annotator {llm}")
        described = found if isinstance(found, Mapping) else {}
        reported = described.get("answered as")
        days = [] if llm not in spent else [spent[llm].first, spent[llm].last]
        first, last = ([_day(at) for at in days] or ["", ""])[:2]
        model = str(described.get("model") or "")
        out.append(
            ModelAsked(
                llm=llm,
                model=Path(model).name if Path(model).is_absolute() else model,
                reported=tuple(map(str, reported)) if isinstance(reported, list) else (),
                server=" ".join(str(described[key]) for key in ("server", "version") if described.get(key)),
                first=first,
                last=last,
            )
        )
    return tuple(out)


def _prompts(questions: Mapping[str, Sequence[Question]], live: Sequence[str]) -> tuple[PromptShown, ...]:
    by: dict[tuple[str, str, int, float], list[str]] = {}
    for llm in live:
        shown = next((each for each in questions[llm] if each.prompt.user), None)
        if shown is not None:
            text, rest = shown.prompt.user.removeprefix("Text: ").rpartition("\n")[::2]
            user = f"Text: {THE_TEXT}\n{rest}" if text else shown.prompt.user
            key = (shown.prompt.system[:LONGEST], user, shown.samples, shown.temperature)
            by.setdefault(key, []).append(llm)
    return tuple(
        PromptShown(llms=tuple(llms), system=system, user=user, samples=samples, temperature=temperature)
        for (system, user, samples, temperature), llms in by.items()
    )


def _day(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).date().isoformat()

"""`mollia seed`: write, or make longer, the file in which a person labels the most informative rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mollia.arrays import Classes, Rows
from mollia.asking.ask_task import answers_at_hand
from mollia.data import duplicates
from mollia.data.matching import ClassNames
from mollia.data.table import Say, quiet
from mollia.errors import DataError
from mollia.invocation import command
from mollia.ledger.sqlite_store import open_store
from mollia.people.known_rows import known_rows
from mollia.people.seed_file import SeedFile, read_seed_file, write_seed_file
from mollia.people.seed_pool import MOST, seed_pool
from mollia.people.seed_rows import (
    BATCH,
    BATCHES,
    DOUBT,
    RANDOM,
    WEIGHTED_KMEANS,
    SeedPool,
    SeedRows,
    at_first,
    audit_rows,
    batch_rows,
    check_strategy,
    doubt_rows,
    random_rows,
    weighted_kmeans_rows,
)
from mollia.protocols import Encoder
from mollia.records import HumanLabels, PanelAnswers, Pool
from mollia.session.encoder import view_encoder
from mollia.session.inputs import files_read
from mollia.session.panel_file import PanelFile
from mollia.session.run_folder import LEDGER
from mollia.session.task_pool import pool_of
from mollia.task.config import Task
from mollia.text_format import UTF_8, TextFormat
from mollia.whole_files import keep_inputs

NEED_ANSWERS = (WEIGHTED_KMEANS, BATCHES)  # the others draw with equal chances where no LLM has answered


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedSource:
    """Texts, classes, the panel's answers (asked for when a strategy needs them) and earlier labels."""

    pool: Pool
    classes: ClassNames
    has_text: bool
    answers: Callable[[], PanelAnswers]
    labelled: HumanLabels  # outside the seed file: on the web page
    ask: str = ""  # the command that asks the panel
    read_from: tuple[Path, ...] = ()  # files that the seed file must not replace
    id: str = "id"  # the seed file's columns
    label: str = "label"
    encoder: Encoder | None = None  # reads rows that have no words

    @property
    def names(self) -> tuple[str, ...]:
        """The K class names."""
        return tuple(each if isinstance(each, str) else each[0] for each in self.classes)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedPlan:
    """Which rows the file shall hold: `n` that train, found by a strategy, and `audit` random ones that only score.

    `skip_blank` gives up rows that were left without a label.
    """

    strategy: str
    n: int
    audit: int = 0
    skip_blank: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedMade:
    """The seed file as it is now: rows added, labelled and waiting, of `wanted` that train; audit rows."""

    added: int
    added_audit: int
    labelled: int
    waiting: int
    waiting_audit: int
    wanted: int
    n_classes: int


def panel_source(panel: PanelFile, *, say: Say = quiet) -> SeedSource:
    """Return the source that a file of LLM answers is."""
    read = panel.read(say=say)
    return SeedSource(
        pool=read.pool,
        classes=panel.classes,
        has_text=read.has_text,
        answers=lambda: read.answers,
        labelled=HumanLabels.none(),
        read_from=(panel.path,),
    )


def task_source(task: Task) -> SeedSource:
    """Return the source that a task is; nobody is asked anything that costs a call.

    Raises
    ------
    MolliaError
        When the data or the ledger is wrong.
    """
    pool = pool_of(task)
    labelled = HumanLabels.none()
    if (task.run.out / LEDGER).exists():
        with open_store(task.run.out / LEDGER) as store:
            labelled = HumanLabels.joined([store.human("seed"), store.human("review")])
    return SeedSource(
        pool=pool,
        classes=task.labels,
        has_text=True,
        answers=lambda: answers_at_hand(task),
        ask=command("annotate", task.file),
        labelled=labelled,
        read_from=files_read(task, seed=False),
        id=task.seed.id,
        label=task.seed.label,
        encoder=view_encoder(task, pool),
    )


def make_seed(
    source: SeedSource,
    out: Path,
    plan: SeedPlan,
    *,
    text_format: TextFormat = UTF_8,
    random_state: int | None = 0,
    say: Say = quiet,
) -> SeedMade:
    """Write the rows a person should label next to `out`, or say that earlier ones wait.

    A file that exists is made longer: no row or label of it is lost. `doubt` and `batches` add no rows while
    earlier ones wait for a label, unless `skip_blank` gives those up.

    Raises
    ------
    DataError
        When a strategy is not known, the file is wrong, or there are fewer rows than asked for.
    """
    check_strategy(plan.strategy)
    keep_inputs(out, source.read_from, hint="Give another file with --out, and name that one as the seed.")
    file = read_seed_file(
        out,
        source.pool,
        source.classes,
        id=source.id,
        label=source.label,
        text_format=text_format,
        say=say,
    )
    strategy_pool = _seed_pool(source, plan.strategy, random_state, say)
    before, before_audit = int(file.trains.sum()), int((~file.trains).sum())
    if plan.audit > before_audit:
        file = file.with_rows(
            audit_rows(strategy_pool, plan.audit - before_audit, file.rows),
            source.pool,
            has_text=source.has_text,
        )
    chosen = _next_rows(strategy_pool, source, file, plan)
    if chosen is not None:
        file = file.with_rows(chosen, source.pool, has_text=source.has_text)
    waiting = file.waiting
    made = SeedMade(
        added=int(file.trains.sum()) - before,
        added_audit=int((~file.trains).sum()) - before_audit,
        labelled=int((file.trains & ~waiting).sum()),
        waiting=int((file.trains & waiting).sum()),
        waiting_audit=int((~file.trains & waiting).sum()),
        wanted=plan.n,
        n_classes=len(source.classes),
    )
    if made.added or made.added_audit:
        write_seed_file(
            out, file, id=source.id, label=source.label, text_format=text_format.beside(source.pool.delimiter)
        )
    return made


def _next_rows(pool: SeedPool, source: SeedSource, file: SeedFile, plan: SeedPlan) -> SeedRows | None:
    """Return what the strategy adds to a file, None for nothing."""
    strategy, n = plan.strategy, plan.n
    asked = int(file.trains.sum())
    if asked >= n:
        return None
    audited = file.rows[~file.trains]
    first = at_first(strategy, pool.n_classes, n)
    if strategy == RANDOM or (strategy == BATCHES and asked < first):
        return _random(pool, source, file, first)
    if strategy == WEIGHTED_KMEANS:
        if asked:
            raise DataError(
                f"{WEIGHTED_KMEANS} draws all rows in one shot, and {asked} rows are in the file already.",
                hint=f"Add rows with --strategy {DOUBT}, {BATCHES} or {RANDOM}, or write another file (--out).",
            )
        return weighted_kmeans_rows(pool, n, audited)
    if (file.trains & file.waiting).any() and not plan.skip_blank:
        return None
    y = _labels(source, file, pool.groups)
    taken = np.concatenate([file.rows, np.flatnonzero(y >= 0)])
    last = _last_batch(source, file)
    if strategy == DOUBT:
        return doubt_rows(pool, min(BATCH, n - asked), y, taken, batch=last + 1)
    return batch_rows(pool, min(BATCH, n - asked), y, taken, batch=last)


def _random(pool: SeedPool, source: SeedSource, file: SeedFile, n: int) -> SeedRows:
    """Return random rows with which n rows train: an earlier random draw made larger, or a draw of its own."""
    drawn = file.rows[file.trains & file.drawn]
    audited = file.rows[~file.trains]
    others = int((file.trains & ~file.drawn).sum())  # chosen, or of unknown chance
    if set(drawn.tolist()) == set(random_rows(pool, len(drawn), audited).rows.tolist()):
        return random_rows(pool, n - others, audited)
    y = _labels(source, file, pool.groups)
    taken = np.concatenate([file.rows, np.flatnonzero(y >= 0)])
    return random_rows(pool, n - len(drawn) - others, taken, batch=_last_batch(source, file) + 1)


def _last_batch(source: SeedSource, file: SeedFile) -> int:
    return int(max([0, *file.batch.tolist(), *source.labelled.batch.tolist()]))


def _labels(source: SeedSource, file: SeedFile, groups: Rows) -> Classes:
    """Return y (n,): all labels that train, copies of a labelled text included."""
    y = file.labels(len(source.pool))
    here = np.flatnonzero(y >= 0)
    in_file = HumanLabels.of(dict(zip(source.pool.ids_of(here), y[here].tolist(), strict=True)))
    joined = HumanLabels.joined([source.labelled, in_file])
    named = zip(joined.ids, joined.y.tolist(), strict=True)
    labels = HumanLabels.of({id_: number for id_, number in named if 0 <= number < len(source.classes)})
    return known_rows(source.pool, labels, groups).y


def _seed_pool(source: SeedSource, strategy: str, random_state: int | None, say: Say) -> SeedPool:
    texts = source.pool.texts if source.has_text else None

    def answers() -> PanelAnswers:
        found = source.answers()
        if found.z.any() or found.c.any():
            return found
        if strategy in NEED_ANSWERS:
            raise DataError(
                "No LLM of the panel has answered yet, so nothing says which rows are doubtful.",
                hint=f"Draw the rows with --strategy {DOUBT} (with equal chances then), or ask the panel first: "
                f"{source.ask}",
            )
        say(
            "No LLM of the panel has answered yet, so these rows were drawn with equal chances. To draw rows the panel "
            f"is unsure of more often, ask it first: {source.ask}"
        )
        return found

    return seed_pool(
        answers,
        texts,
        groups=np.arange(len(source.pool)) if texts is None else duplicates.group(texts),
        n_classes=len(source.classes),
        random_state=random_state,
        encoder=source.encoder,
        most=max(MOST, len(source.pool)) if strategy in NEED_ANSWERS else MOST,
    )

"""`mollia ledger FILE`: what a ledger holds; exports its answers, imports another's."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mollia.cli.options import Spreadsheet
from mollia.cli.output import current, plain
from mollia.errors import StoreError
from mollia.task.task_file import is_task
from mollia.text_format import TextFormat
from mollia.whole_files import keep_inputs

if TYPE_CHECKING:
    from mollia.ledger.spent import Failures
    from mollia.ledger.sqlite_store import SqliteStore
    from mollia.records import Use

NAME = "ledger.sqlite"
USES: tuple[Use, ...] = ("seed", "audit", "review")
SHOWN = 5  # kinds of problems told for an LLM
EXAMPLES = {
    "Show what the run of a task has kept": "ledger task.toml",
    "Take over the answers of another machine, then write all to a file": "ledger out --import other.sqlite --export answers.parquet",
}


def ledger(
    path: Annotated[
        Path, typer.Argument(help="A ledger, or the folder or task file of a run.", metavar="LEDGER")
    ],
    export: Annotated[
        Path | None,
        typer.Option(help="Write all answers to this file: .parquet, .jsonl or .csv.", metavar="FILE"),
    ] = None,
    import_: Annotated[
        Path | None,
        typer.Option(
            "--import", help="Take over the answers and human labels of another ledger.", metavar="LEDGER"
        ),
    ] = None,
    spreadsheet: Spreadsheet = False,
) -> None:
    """Show, export or merge the answers and human labels kept."""
    from mollia.ledger.sqlite_store import open_store  # noqa: PLC0415  # heavy: keeps --help fast
    from mollia.usecases.merge_ledgers import take_over  # noqa: PLC0415  # the same

    said, file = current(), found(path)
    source = None if import_ is None else found(import_)
    if export is not None:
        keep_inputs(export, [path, file, import_, source], hint="Give --export another name.")
    if source is not None:
        if source.exists() and file.exists() and source.samefile(file):
            raise StoreError(f"{file} cannot be imported into itself.")
        with (
            open_store(source, read_only=True) as other,
            open_store(file) as store,
            said.busy("taking over answers"),
        ):
            new, people = take_over(store, other)
        said.give(taken_over={"answers": new, "human_labels": people, "from": source})
        said.say(f"{new} answers and {people} human labels taken over from {source}.")
    with open_store(file, read_only=True) as store:
        said.give(**_as_json(store))
        said.say(*lines_of(store))
        if export is not None:
            from mollia.data.write_table import write_columns  # noqa: PLC0415  # heavy: keeps --help fast
            from mollia.ledger.columns import answer_columns  # noqa: PLC0415  # the same

            with said.busy("writing the answers"):
                columns = answer_columns(store.all_answers())
                write_columns(export, columns, text_format=TextFormat(spreadsheet=spreadsheet))
            said.give(written={"answers": len(columns["key"]), "file": export})
            said.say(f"{len(columns['key'])} answers written to {export}.")


def _as_json(store: SqliteStore) -> dict[str, object]:
    """Return what programs are told of a ledger."""
    from mollia.session.recorded_columns import answers_by_llm, recorded_files  # noqa: PLC0415  # heavy

    problems = problems_by_llm(store)
    return {
        "file": store.path,
        "llms": [{**plain(each), "problems": problems.get(each.llm, [])} for each in answers_by_llm(store)],
        "recorded_in": recorded_files(store),
        "human_labels": {use: len(store.human(use)) for use in USES},
        "rounds": len(store.rounds()),
    }


def found(path: Path) -> Path:
    """Return the ledger meant by a ledger's path, a run's folder, or a task file."""
    if path.is_dir():
        return path / NAME
    if is_task(path):
        from mollia.task.load import load_task  # noqa: PLC0415  # heavy: keeps --help fast

        return load_task(path).run.out / NAME
    return path


def lines_of(store: SqliteStore) -> list[str]:
    """Return what a person wants to know of a ledger."""
    from mollia.session.recorded_columns import answers_by_llm, recorded_files  # noqa: PLC0415  # heavy

    lines = [f"{store.path}: {store.path.stat().st_size / 2**20:.1f} MB"]
    problems = problems_by_llm(store)
    in_files = recorded_files(store)
    for each in answers_by_llm(store):
        if each.llm in in_files:
            lines.append(
                f"  {each.llm}: {each.answers} answers, recorded in {in_files[each.llm]} and not copied"
            )
            continue
        lines.append(
            f"  {each.llm}: {each.answers - each.failures} answers, {each.failures} failures, {each.calls} calls, "
            f"{each.prompt_tokens} tokens read, {each.reply_tokens} written, {each.seconds:.0f} s"
        )
        lines += [f"    {failed.number} x {failed.example}" for failed in problems.get(each.llm, [])[:SHOWN]]
    if len(lines) == 1:
        lines.append("  no answers yet")
    for use in USES:
        number = len(store.human(use))
        if number:
            lines.append(f"  {number} human labels ({use})")
    lines.append(f"  {len(store.rounds())} rounds of the loop")
    return lines


def problems_by_llm(store: SqliteStore) -> dict[str, list[Failures]]:
    """Return the kinds of failures by LLM, the most frequent first."""
    out: dict[str, list[Failures]] = {}
    for failed in store.problems():
        out.setdefault(failed.llm, []).append(failed)
    return out

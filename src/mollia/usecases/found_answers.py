"""Answers of LLMs that the data file of a new task holds already: they become its panel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from mollia.data.guess import alike_columns
from mollia.data.panel_file import read_panel_columns
from mollia.data.table import Say, Table, is_blank, listed_in_quotes, shown
from mollia.errors import DataError
from mollia.invocation import command, options, quoted
from mollia.settings import seen_from_folder
from mollia.task.template import toml_value
from mollia.text_format import UTF_8, TextFormat

HALF = 0.5  # of the rows: an LLM is asked about all, people about some


def found_answers(
    table: Table,
    data: Path,
    folder: Path,
    *,
    classes: Sequence[str],
    columns: Mapping[str, str],
    text_format: TextFormat,
    say: Say,
) -> list[Mapping[str, str]]:
    """Return a recorded member for each LLM whose answers a file holds, which was read as a table; none where no column is an LLM's.

    `columns` are those of the texts, ids and labels, by what they are; `say` is told what was found, and, without names of classes,
    which columns could be answers.
    """
    if not classes:
        alike, values = alike_columns(table, [name for name in table.columns if name not in columns.values()])
        if alike:
            plain = all(shown(value) == value and "," not in value for value in values)
            say(
                f"{data}: columns {listed_in_quotes(alike)} hold the same few values. If they are answers of LLMs, name the "
                f"classes, and they become the panel: --classes {quoted(','.join(values)) if plain else 'NAME,NAME'}"
            )
        return []
    text, ids = columns.get("text"), columns.get("id")
    try:
        found = read_panel_columns(table, classes=classes, text=text, id=ids)
    except DataError:  # no column is an LLM's, or it cannot be read as one: a run says which and why
        return []
    llms = [llm.name for llm in found.llms if llm.name not in columns.values()]
    few = _filled_in_few(table, llms)
    llms = [name for name in llms if name not in few]
    for name in few if llms else ():
        say(
            f'{data}: column "{name}" has a class in {few[name]:,} of {len(table):,} rows, as labels of people do, and is not put on '
            f"the panel. If people gave them: [seed] path = {toml_value(seen_from_folder(data, folder))} and label = {toml_value(name)}; if an LLM did, "
            "add it like the other [[panel]] entries."
        )
    if not llms:
        return []
    words = options(
        {
            "--labels": ",".join(classes),
            "--llms": ",".join(llms) if few else None,
            "--seed-labels": data if (ids, columns.get("label")) == ("id", "label") else None,
            "--text": text,
            "--id": ids,
            "--encoding": text_format.encoding if text_format.encoding != UTF_8.encoding else None,
            "--delimiter": text_format.delimiter,
        }
    )
    say(
        f"{data}: {listed_in_quotes(llms)} answered these texts already: they are the panel, and nobody is asked (--panel names "
        "LLMs to ask)."
    )
    say(f"Labels without a task: {command('fuse', data, *words)}")
    path = toml_value(seen_from_folder(data, folder))
    return [{"name": toml_value(llm), "kind": '"recorded"', "path": path} for llm in llms]


def _filled_in_few(table: Table, names: Sequence[str]) -> dict[str, int]:
    """Return the columns that are blank in more than half of the rows, with in how many they are not."""
    filled = {
        name: sum(not is_blank(cell) for cell in table.columns[name])
        for name in names
        if name in table.columns
    }
    return {name: cells for name, cells in filled.items() if cells < HALF * len(table)}

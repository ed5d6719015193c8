"""The command line that repeats what a command did, for its report."""

from __future__ import annotations

from pathlib import Path

import typer

from mollia.invocation import NAME, quoted


def repeated(context: typer.Context, folder: Path) -> str:
    """Return the command as it was called, its paths as seen from `folder`.

    It begins with the bare name: where this mollia is installed says nothing to who reads the report elsewhere.
    """
    words = [NAME, str(context.info_name)]
    for parameter in context.command.params:
        source = context.get_parameter_source(str(parameter.name))
        if source is not None and source.name == "COMMANDLINE":
            words += _words(parameter.opts[0], context.params[str(parameter.name)], folder)
    return " ".join(words)


def _words(option: str, value: object, folder: Path) -> list[str]:
    named = [option] if option.startswith("-") else []
    if value is True:
        return named
    from mollia.settings import seen_from_folder  # noqa: PLC0415  # heavy: keeps --help fast

    return [
        *named,
        quoted(Path(seen_from_folder(value, folder)) if isinstance(value, Path) else str(value)),
    ]

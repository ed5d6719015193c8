"""The commands as a group that imports one of them when it is called."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, MutableMapping
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_group

from mollia.cli.catalogue import ADDED, GROUPS, STAND_IN
from mollia.cli.output import output_of, speaking
from mollia.exit_codes import MEANINGS
from mollia.invocation import program

TARGETS = {each.name: each.target for listed in GROUPS.values() for each in listed}
ANY_WORDS = {"ignore_unknown_options": True, "allow_extra_args": True}


class Commands(MutableMapping[str, Any]):
    """The commands by name; a module is imported when its command is looked up."""

    def __init__(self) -> None:
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401  # a click command, whose home depends on typer's version
        if name not in self._made:
            self._made[name] = _made(name)
        return self._made[name]

    def __setitem__(self, name: str, command: Any) -> None:  # noqa: ANN401  # the same
        self._made[name] = command

    def __delitem__(self, name: str) -> None:
        del self._made[name]

    def __iter__(self) -> Iterator[str]:
        yield from [*TARGETS, *added()]

    def __len__(self) -> int:
        return len(TARGETS) + len(added())


class LazyGroup(TyperGroup):
    """Typer's group with commands that are imported when they are called."""

    def __init__(self, **attrs: Any) -> None:  # noqa: ANN401  # typer's
        super().__init__(**attrs)
        self.commands = Commands()

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401  # typer's signature
        """Run the command; what it says goes through its `Output`, which says the end too."""
        words = [*ctx._protected_args, *ctx.args]  # noqa: SLF001  # click keeps the command's name there
        with output_of(words, ours=bool(words) and known(words[0])):
            return super().invoke(ctx)

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401, ARG002  # typer's signature
        """Return the names, in the order of the help."""
        return list(self.commands)

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401, ARG002  # typer's signature
        """Write the commands by group; nothing is imported for it."""
        rows = {group: [(each.name, each.summary) for each in listed] for group, listed in GROUPS.items()}
        rows[ADDED] += added().items()
        for group, lines in rows.items():
            with formatter.section(group):
                formatter.write_dl(lines)

    def format_epilog(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401, ARG002  # typer's signature
        """Write the exit codes."""
        with formatter.section("Exit codes"):
            formatter.write_dl([(str(code), said) for code, said in MEANINGS.items()])


def known(name: str) -> bool:
    """Tell whether the command is mollia's own."""
    return name in TARGETS or (name == STAND_IN.name and name not in of_packages())


def added() -> dict[str, str]:
    """Return the names of commands that other packages add, with what each package says of itself, and the stand-in."""
    found = of_packages()
    return found if STAND_IN.name in found else found | {STAND_IN.name: STAND_IN.summary}


def of_packages() -> dict[str, str]:
    """Return the names of commands that other packages add, and what each package says of itself."""
    from importlib.metadata import entry_points  # noqa: PLC0415  # mollia's own commands do without

    points = [point for point in entry_points(group="mollia.command") if point.name not in TARGETS]
    return {point.name: str(point.dist.metadata["Summary"] or "") if point.dist else "" for point in points}


def _made(name: str) -> Any:  # noqa: ANN401  # a click command
    """Return a click command of a function with typer's annotations, or of a Typer."""
    found, settings = _found(name)
    holder = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    if isinstance(found, typer.Typer):
        holder.add_typer(found, name=name)
    else:
        holder.callback()(lambda: None)
        command = speaking(found) if known(name) else found
        holder.command(name, epilog=_examples(found), context_settings=settings)(command)
    made = get_group(holder).commands[name]
    for each in getattr(made, "commands", {}).values():  # otherwise cut off at the end of the line
        each.short_help = each.short_help or " ".join((each.help or "").partition("\n\n")[0].split())
    return made


def _found(name: str) -> tuple[Any, dict[str, Any]]:
    """Return the function or Typer of that name, and how it reads words it does not know."""
    if name in TARGETS:
        return _at(TARGETS[name]), {}
    from mollia import registry  # noqa: PLC0415  # mollia's own commands do without

    if name in registry.names("command"):
        return registry.find("command", name), {}
    if name == STAND_IN.name:
        return _at(STAND_IN.target), ANY_WORDS
    raise KeyError(name)


def _at(target: str) -> Any:  # noqa: ANN401  # a function
    module, _, attribute = target.partition(":")
    return getattr(importlib.import_module(module), attribute)


def _examples(function: Any) -> str:  # noqa: ANN401  # a command
    r"""Return the examples of the command's module; `\b` keeps their lines as they are."""
    shown = getattr(importlib.import_module(function.__module__), "EXAMPLES", {})
    lines = [line for said, words in shown.items() for line in (f"  {said}:", f"    {program()} {words}")]
    return "\n".join(["\b", "Examples:", *lines]) if lines else ""

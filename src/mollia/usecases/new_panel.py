"""The panel of a new task: named by a person as SERVER:MODEL, or found at the servers that run on this machine."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from mollia.annotate.address import checked_url
from mollia.annotate.find_servers import FoundServer, look_at
from mollia.annotate.known_servers import SERVERS, KnownServer
from mollia.errors import TaskError, did_you_mean
from mollia.settings import seen_from_folder
from mollia.task.template import toml_value

Member = Mapping[str, str]  # keys of a [[panel]] block, their values as TOML writes them
Say = Callable[[str], None]
GGUF = "gguf"
EXAMPLE = "--panel ollama:qwen2.5:7b,openai:gpt-4.1-mini"


def named_panel(said: str, *, folder: Path, say: Say) -> list[Member]:
    """Return the members that `--panel` names: SERVER:MODEL, SERVER alone for all it serves, gguf:FILE; commas between.

    Raises
    ------
    TaskError
        When a server is not known, not there, or needs an address that is not set.
    """
    members: list[Member] = []
    for each in filter(None, (part.strip() for part in said.split(","))):
        name, _, model = each.partition(":")
        if name == GGUF and model:
            members.append(
                {
                    "kind": '"llama_cpp"',
                    "path": toml_value(seen_from_folder(Path(model).expanduser(), folder)),
                }
            )
        elif (server := SERVERS.get(name.lower())) is None:
            raise TaskError(
                f'--panel {each}: "{name}" is not a known server.{did_you_mean(name, [*SERVERS, GGUF])}',
                hint=f"Known: {', '.join([*SERVERS, GGUF])}. Write SERVER:MODEL: {EXAMPLE}",
            )
        elif model:
            members.append(_member(server, model))
        elif not server.local:
            raise TaskError(
                f"--panel {each}: which model of {server.title}?",
                hint=f"Write it after a colon: --panel {name}:MODEL",
            )
        else:
            members += _served(name.lower(), server, say)
    if not members:
        raise TaskError(f"--panel {said}: no LLM is named.", hint=f"Write SERVER:MODEL: {EXAMPLE}")
    return _with_names(members)


def found_panel(found: Iterable[FoundServer], *, say: Say) -> list[Member]:
    """Return a member for each model that servers on this machine serve; `say` is told what was found and left out."""
    return _with_names([member for server in found for member in _members_of(server, say)])


def nothing_found() -> str:
    """Return the sentence about a machine on which no LLM server answers."""
    places = ", ".join(
        f"{each.title} {each.url.split(':')[-1][:-3]}" for each in SERVERS.values() if each.local
    )
    return f"No LLM server answers on this machine (ports looked at: {places}); {EXAMPLE} names others."


def _served(name: str, server: KnownServer, say: Say) -> list[Member]:
    found = look_at(name, server)
    if found is None or not found.models:
        raise TaskError(
            f"--panel {name}: no {server.title} answers at {server.url} with a model to ask.",
            hint=f"Start it, or name a model that it will serve: --panel {name}:MODEL",
        )
    return _members_of(found, say)


def _members_of(server: FoundServer, say: Say) -> list[Member]:
    if server.closed:
        say(f"{server.url}: a server that lists its models only with a key; add it under [[panel]] by hand.")
        return []
    served = ", ".join(server.models) or "no model that answers questions"
    say(f"{server.url} ({server.kind}): {served}.")
    if server.others:
        say(f"Not put on the panel, as they answer no questions: {', '.join(server.others)}.")
    return [_member(SERVERS[server.name], model) for model in server.models]


def _member(server: KnownServer, model: str) -> Member:
    keys = {"kind": '"openai"', "url": toml_value(_address(server)), "model": toml_value(model)}
    if server.api_key_env is not None:
        keys["api_key_env"] = toml_value(server.api_key_env)
    return keys | dict(server.keys)


def _address(server: KnownServer) -> str:
    if server.address_env is None:
        return server.url
    resource = os.environ.get(server.address_env, "").strip().rstrip("/")
    hint = f"Set it to your resource's address: export {server.address_env}=https://NAME.openai.azure.com"
    if not resource:
        raise TaskError(
            f"{server.title}: the environment variable {server.address_env} is not set.", hint=hint
        )
    try:
        return checked_url(resource.removesuffix(server.url) + server.url)
    except ValueError as error:
        raise TaskError(f"{server.title}: {server.address_env}: {error}.", hint=hint) from None


def _with_names(members: Sequence[Member]) -> list[Member]:
    """Give each member a name of its own, after its model."""
    taken: set[str] = set()
    named: list[Member] = []
    for member in members:
        model = member.get("model") or member["path"]
        short = re.sub(r"[^\w.-]+", "-", model.strip('"').rpartition("/")[2].removesuffix(".gguf")).strip(
            "-."
        )
        name, number = short or "llm", 2
        while name.casefold() in taken:
            name, number = f"{short}-{number}", number + 1
        taken.add(name.casefold())
        named.append({"name": toml_value(name), **member})
    return named

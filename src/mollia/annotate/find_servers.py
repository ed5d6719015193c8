"""Which LLM servers run on this machine, at the ports they usually listen at, and what they serve."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from mollia.annotate.dialects import OTHER, identify
from mollia.annotate.failures import Retry
from mollia.annotate.known_servers import SERVERS, KnownServer
from mollia.annotate.retry import Client, Endpoint
from mollia.errors import AnnotatorError, AnswerRefused

PATIENCE = 2.0  # seconds that a server on this machine has to say what it serves
NO_CHAT = ("embed", "rerank", "whisper", "bge-", "clip-")  # in names of models that answer no question


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundServer:
    """A server that answered: its name in `known_servers`, what it says it is, and the models it serves.

    `others` are models that answer no question (embeddings and the like); a `closed` server lists none without a key.
    """

    name: str
    url: str
    kind: str
    models: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    closed: bool = False


def find_servers(servers: Mapping[str, KnownServer] = SERVERS) -> tuple[FoundServer, ...]:
    """Ask at every local server's usual address what it serves; one GET request each, with no key.

    Where nobody listens, or what listens is no LLM server, nothing is returned.
    """
    local = {name: server for name, server in servers.items() if server.local}
    with ThreadPoolExecutor(max(len(local), 1)) as threads:
        found = threads.map(lambda each: look_at(*each), local.items())
        return tuple(server for server in found if server is not None)


def look_at(name: str, server: KnownServer) -> FoundServer | None:
    """Ask one server what it serves; None where nobody answers as an LLM server does."""
    client = Client(Endpoint(llm=server.title, urls=(server.url,), timeout=PATIENCE, retry=Retry(attempts=1)))
    try:
        said = identify(client, "")
    except AnswerRefused:
        return FoundServer(name=name, url=server.url, kind=OTHER, closed=True)
    except AnnotatorError:
        return None
    finally:
        client.close()
    if not said.models:
        return None
    others = tuple(model for model in said.models if any(word in model.lower() for word in NO_CHAT))
    models = tuple(model for model in said.models if model not in others)
    return FoundServer(name=name, url=server.url, kind=said.kind, models=models, others=others)

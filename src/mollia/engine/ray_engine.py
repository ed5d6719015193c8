"""The engine of many machines: LLMs are asked, and batches are worked on, by a Ray cluster (extra `ray`)."""

from __future__ import annotations

import logging
import os
import secrets
import socket
from collections.abc import Callable, Generator, Iterable, Sequence
from typing import Any, TypeVar

from mollia.engine.ray_asking import OnCluster
from mollia.engine.ray_cards import CARD, Cards
from mollia.engine.ray_map import Tasks, worked
from mollia.engine.ray_workers import Places
from mollia.errors import ServerUnreachable, first_line
from mollia.optional import require
from mollia.protocols import Annotator, Opens
from mollia.settings import PanelMember

SILENT = "error"  # Ray's own messages; all of them are in its log files
LOCAL, AUTO = "local", "auto"  # Ray's words for a cluster of its own, and for one that runs on this machine
CLIENT = 0.0001  # of a core, the least there is: Ray puts an actor that takes nothing on any node, whatever node is wanted
CORE = 0.99  # what works takes this of a core: clients that stay leave it room, even on a node of one core
CONNECTING = 5.0  # seconds
LOG = logging.getLogger(__name__)
SETTINGS = {
    "RAY_USAGE_STATS_ENABLED": "0",  # nothing is sent to Ray's makers
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",  # as Ray will do in future; else it warns
}

B = TypeVar("B")
T = TypeVar("T")
R = TypeVar("R")


class Ray:
    """Works on a Ray cluster (protocol Engine); the cluster is joined, or started on this machine, at first use.

    Parameters
    ----------
    address : of the cluster's head, as in 10.0.0.1:6379; by default RAY_ADDRESS of the environment, else a cluster of this
        machine alone, which ends with the engine.
    workers : how many ask each LLM; by default one per node, and one per graphics card for models in process.

    Raises
    ------
    MissingExtra
        On construction, when Ray is not installed.
    ServerUnreachable
        At first use, when no cluster answers at the address.
    """

    def __init__(self, *, address: str | None = None, workers: int | None = None) -> None:
        for name, value in SETTINGS.items():
            os.environ.setdefault(name, value)
        self._ray: Any = require("ray", extra="ray", purpose="The engine ray")
        self.address = address or os.environ.get("RAY_ADDRESS") or LOCAL
        self.workers = workers
        self._ours = False  # whether close must leave the cluster
        self._sent: tuple[object, str, Any] | None = (
            None  # the last work of `map`: itself, its name, where it lies
        )

    def place(self, annotator: Annotator, member: Opens, /) -> Annotator:
        """Return an annotator that asks from the cluster; recorded answers stay here."""
        if not annotator.live:
            return annotator
        if getattr(type(member), "open", None) is PanelMember.open:  # its package opens all members at once
            LOG.warning("%s is asked from here: its kind cannot be opened on a node.", annotator.name)
            return annotator
        self._join()
        return OnCluster(annotator, member, self._places(here=member.here))

    def map(
        self,
        work: Callable[[T], R],
        batches: Iterable[tuple[B, T]],
        /,
        *,
        helpers: int,  # noqa: ARG002  # the protocol's signature: of this machine
        ordered: bool = True,
        card: bool = False,
    ) -> Generator[tuple[B, R]]:
        """Yield each batch with what `work` makes of its second part, in order or as they are finished.

        A few batches for each core of the cluster are under way at a time; those of a process or node that dies are worked
        on again. A result is fetched when it is finished: what is here is lost with no node.
        The same work is sent once, for as long as no other comes between. Work that can use a graphics `card` gets one each where
        the cluster has any.

        Raises
        ------
        MolliaError
            When three processes died with the same batch.
        """
        self._join()
        if self._sent is None or self._sent[0] is not work:
            self._sent = (work, secrets.token_hex(8), self._ray.put(self._ray.cloudpickle.dumps(work)))
        _, name, pickled = self._sent
        has = self._ray.cluster_resources()
        if card and int(has.get("GPU", 0)):
            return worked(
                self._ray, Cards(self._ray, name, pickled, cards=int(has["GPU"])), batches, ordered=ordered
            )
        cores = max(1, int(has.get("CPU", 1)))
        tasks = Tasks(self._ray, {"num_cpus": CORE}, name, pickled, cores=cores)
        return worked(self._ray, tasks, batches, ordered=ordered)

    def close(self) -> None:
        """Leave the cluster; one that was started here ends."""
        if self._ours:
            self._ours = False
            self._ray.shutdown()

    def _join(self) -> None:
        if self._ray.is_initialized():
            return
        if self.address not in {LOCAL, AUTO}:
            _reached(self.address)
        here = {"include_dashboard": False} if self.address == LOCAL else {}
        try:
            self._ray.init(address=self.address, logging_level=SILENT, log_to_driver=False, **here)
        except (OSError, RuntimeError, ValueError) as error:
            raise _none_at(self.address, first_line(error)) from error
        self._ours, self._sent = True, None

    def _places(self, *, here: bool) -> Places:
        """Return where an LLM's workers run: clients of a server take next to nothing, a model in process a card or a core."""
        cards = int(self._ray.cluster_resources().get("GPU", 0)) if here else 0
        if cards:
            return Places(ray=self._ray, workers=self.workers or cards, options=CARD, kept=False)
        workers = self.workers or max(1, len(self._nodes()))
        takes: dict[str, object] = {
            "num_cpus": CORE if here else CLIENT if self._ray.cluster_resources().get("CPU", 0) else 0
        }
        return Places(ray=self._ray, workers=workers, options=takes, kept=not here, nodes=self._nodes)

    def _nodes(self) -> Sequence[str]:
        """Return the nodes that work; a head that offers no core does not, unless it is alone."""
        alive = [node for node in self._ray.nodes() if node["Alive"]]
        working = [node for node in alive if node["Resources"].get("CPU", 0)] or alive
        return sorted(node["NodeID"] for node in working)


def _reached(address: str) -> None:
    """Look whether anybody listens at an address: Ray itself would try for minutes.

    Raises
    ------
    ServerUnreachable
        When nobody does, or it is no address.
    """
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal() or "/" in host:
        raise _none_at(address, "the address of a cluster's head is its host and port")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=CONNECTING).close()
    except (OSError, OverflowError) as error:
        raise _none_at(address, first_line(error)) from error


def _none_at(address: str, why: str) -> ServerUnreachable:
    return ServerUnreachable(
        f"No Ray cluster can be joined at {address}: {why}.",
        hint="Start one (ray start --head), then give its address, as in --address 10.0.0.1:6379.",
    )

"""A person at the page, in a thread: labels, reviews, changes their mind and reloads, and keeps a journal of what was saved."""

from __future__ import annotations

import re
import threading
import time
from dataclasses import dataclass, field
from typing import Final

import httpx2
import numpy as np

SEED, REVIEW = "/", "/review"
KEY = re.compile(r'"X-Mollia-Key": "([^"]+)"')
ROW = re.compile(r'name="row" value="(\d+)"')
SAVED, BACK = "Saved:", "Taken back"
MORE = 'name="do" value="more"'
FRAGMENT: Final = {"HX-Request": "true"}
# What a person does next, and how often. `watch` opens the dashboard.
ACTS: Final = ("label", "review", "undo", "undo a review", "reload", "watch")
CHANCES: Final = (0.55, 0.2, 0.06, 0.04, 0.1, 0.05)


@dataclass(kw_only=True)
class Client:
    """One person: `said` maps a row to the class they gave it last, newest last, on the seed page and in reviews."""

    name: str
    start_url: str
    random_state: int
    n_classes: int
    pause: float  # mean seconds between two acts
    said: dict[str, dict[int, int]] = field(default_factory=lambda: {SEED: {}, REVIEW: {}})
    acts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(ACTS, 0))
    seconds: list[float] = field(default_factory=list)  # of each request
    errors: list[str] = field(default_factory=list)

    def work(self, over: threading.Event) -> None:
        """Work until the event is set."""
        rng = np.random.default_rng(self.random_state)
        origin = self.start_url.split("/?")[0]
        with httpx2.Client(
            base_url=origin, follow_redirects=True, headers={"Origin": origin}, timeout=60
        ) as http:
            try:
                page = http.get(self.start_url)
                http.headers["X-Mollia-Key"] = KEY.search(page.text)[1]  # type: ignore[index]  # it is there, or this fails
                http.post("/name", data={"name": self.name})
                while not over.wait(rng.exponential(self.pause)):
                    act = str(rng.choice(ACTS, p=CHANCES))
                    self._act(http, act, int(rng.integers(self.n_classes)))
                    self.acts[act] += 1
            except (httpx2.HTTPError, TypeError, ValueError) as error:
                self.errors.append(f"{self.name}: {type(error).__name__}: {error}")

    def _act(self, http: httpx2.Client, act: str, y: int) -> None:
        if act == "watch":
            self._sent(http, "GET", "/dashboard")
        elif act == "reload":
            self._sent(http, "GET", SEED)
        elif act == "label":
            self._label(http, SEED, "/label", y)
        elif act == "review":
            self._label(http, REVIEW, REVIEW, y)
        else:
            self._undo(http, *((SEED, "/label") if act == "undo" else (REVIEW, REVIEW)))

    def _label(self, http: httpx2.Client, place: str, post: str, y: int) -> None:
        page = self._sent(http, "GET", place)
        found = ROW.search(page)
        if found is None:
            if MORE in page:
                self._sent(http, "POST", post, {"do": "more", **_queue(place)})
            return
        row = int(found[1])
        answer = self._sent(http, "POST", post, {"row": row, "y": y, **_queue(place)})
        if SAVED not in answer:
            self.errors.append(f"{self.name}: a label of row {row} was not said to be saved")
        self.said[place].pop(row, None)
        self.said[place][row] = y

    def _undo(self, http: httpx2.Client, place: str, post: str) -> None:
        answer = self._sent(http, "POST", post, {"do": "undo", **_queue(place)})
        if (BACK in answer) != bool(self.said[place]):
            self.errors.append(f"{self.name}: undo on {place} with {len(self.said[place])} labels")
        if self.said[place]:
            row, _ = self.said[place].popitem()
            shown = ROW.search(answer)
            if shown is None or int(shown[1]) != row:
                self.errors.append(f"{self.name}: undo showed another row than {row}, the last one labelled")

    def _sent(
        self, http: httpx2.Client, method: str, path: str, data: dict[str, object] | None = None
    ) -> str:
        began = time.monotonic()
        answer = http.request(method, path, data=data, headers=FRAGMENT if data else {})
        self.seconds.append(time.monotonic() - began)
        if answer.status_code != httpx2.codes.OK:
            self.errors.append(f"{self.name}: {method} {path} {data}: {answer.status_code}")
        return answer.text


def _queue(place: str) -> dict[str, object]:
    return {"queue": "useful"} if place == REVIEW else {}

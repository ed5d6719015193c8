"""transformers writes bars and tables of its own when it loads or stores weights; here they are left out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from mollia.optional import require

_LOCK = Lock()
_states: list[tuple[int, bool]] = []  # the library's verbosity and bars, as each of those inside found them


@contextmanager
def no_loading_bars(purpose: str) -> Iterator[None]:
    """Keep transformers from writing bars, and tables about weights that are left out on purpose.

    Threads may be inside at the same time: the last one that leaves puts back what the first one found.

    Raises
    ------
    MissingExtra
        Without transformers; `purpose` says what it is for.
    """
    logging = require("transformers", extra="torch", purpose=purpose).logging
    with _LOCK:
        _states.append((logging.get_verbosity(), logging.is_progress_bar_enabled()))
        logging.set_verbosity_error()
        logging.disable_progress_bar()
    try:
        yield
    finally:
        with _LOCK:
            verbosity, bars = _states.pop()  # the first one's comes last, whoever leaves
            logging.set_verbosity(verbosity)
            if bars:
                logging.enable_progress_bar()

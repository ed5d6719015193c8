"""All answers of a panel to some rows: those that the ledger holds, and recorded ones that stay in their files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from mollia.arrays import Rows
from mollia.ledger.panel_matrix import BY_LLM, PanelMatrix, Readable, panel_matrix
from mollia.records import PanelAnswers
from mollia.replies.parse import parse_reply
from mollia.session.recorded_columns import RecordedColumns, some
from mollia.session.recorded_panel import columns_matrix
from mollia.strings import taken


def panel_answers(
    store: Readable,
    keys: Mapping[str, Sequence[str]],
    recorded: Sequence[RecordedColumns],
    ids: Sequence[str],
    classes: Sequence[Sequence[str]],
    *,
    rows: Rows | None = None,
    llms: Sequence[str] = (),
) -> PanelMatrix:
    """Return the answers to rows (positions in the pool; None = all), with what could not be used.

    Parameters
    ----------
    keys : by LLM the pool's n question keys, for those whose answers the ledger holds.
    recorded : the other LLMs.
    ids : the pool's n ids.
    llms : the order of both together, where there are both.
    """
    if rows is not None:
        ids = tuple(taken(ids, rows))
        keys = {llm: taken(all_, rows) for llm, all_ in keys.items()}
    held = [each.columns if rows is None else some(each.columns, rows) for each in recorded]
    if not recorded:
        return panel_matrix(store, keys, ids, classes, parse=parse_reply)
    found = columns_matrix(ids, held, classes, parse=parse_reply)
    if not keys:
        return found
    return _merged(panel_matrix(store, keys, ids, classes, parse=parse_reply), found, llms)


def _merged(asked: PanelMatrix, recorded: PanelMatrix, llms: Sequence[str]) -> PanelMatrix:
    """Return two panels' answers to the same rows as one, in the order of `llms`."""
    both = [*asked.answers.llms, *recorded.answers.llms]
    order = [both.index(llm) for llm in llms]

    return PanelMatrix(
        answers=PanelAnswers(
            ids=asked.answers.ids,
            llms=tuple(llms),
            z=np.concatenate([asked.answers.z, recorded.answers.z], 1)[:, order],
            c=np.concatenate([asked.answers.c, recorded.answers.c], 1)[:, order],
            asked=np.concatenate([asked.answers.asked, recorded.answers.asked], 1)[:, order],
        ),
        names_none=np.concatenate([asked.names_none, recorded.names_none], 1)[:, order],
        **{name: {**getattr(asked, name), **getattr(recorded, name)} for name in BY_LLM},
    )

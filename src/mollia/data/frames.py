"""Frames of pandas, polars or pyarrow: read through narwhals, given back as the same kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mollia.data.limits import check_columns
from mollia.data.table import Table
from mollia.errors import DataError
from mollia.optional import is_installed

SOURCE = "the data frame"


def is_frame(source: object) -> bool:
    """Tell whether `source` is a frame narwhals knows, without importing its library."""
    return type(source).__module__.split(".")[0] in {"pandas", "polars", "pyarrow", "modin", "cudf"}


def _wrapped(frame: object) -> Any:  # noqa: ANN401  # narwhals' generic frame
    import narwhals as nw  # noqa: PLC0415  # only for frames
    from narwhals.exceptions import NarwhalsError  # noqa: PLC0415  # the same

    if type(frame).__name__ in {"Series", "Array", "ChunkedArray"}:
        raise DataError(
            f"A {type(frame).__name__} is one column, not a data frame.",
            hint="Give the data frame with the columns id, text and one per LLM.",
        )
    try:
        return nw.from_native(frame, eager_only=True)
    except (TypeError, NarwhalsError) as error:
        raise DataError(
            f"{type(frame).__name__} is not a frame that can be read: {' '.join(str(error).split())[:200]}",
            hint="Give a pandas, polars or pyarrow data frame; call .collect() on a lazy one.",
        ) from None


def read_frame(frame: object) -> Table:
    """Return a frame's columns; nulls and, in pandas, NaN become None; rows are counted from 1.

    Raises
    ------
    DataError
        On lazy frames, series, and frames with repeated column names.
    """
    wrapped = _wrapped(frame)
    names = [str(name) for name in wrapped.columns]
    check_columns(names, SOURCE)
    if repeated := {name for name in names if names.count(name) > 1}:
        raise DataError(f'{SOURCE} has several columns called "{min(repeated)}".', hint="Rename them.")
    columns: dict[str, Sequence[object]] = {}
    for name, series in zip(names, wrapped.iter_columns(), strict=True):
        cells = series.to_list()
        if series.null_count():
            cells = [
                None if null else cell for cell, null in zip(cells, series.is_null().to_list(), strict=True)
            ]
        columns[name] = cells
    return Table(columns=columns, source=SOURCE, places=range(1, len(wrapped) + 1), unit="row")


def with_columns(frame: object, columns: Mapping[str, Sequence[object]]) -> object:
    """Return a frame of the same kind with further columns behind its own; its index stays."""
    import narwhals as nw  # noqa: PLC0415  # only for frames

    wrapped = _wrapped(frame)
    backend = nw.get_native_namespace(wrapped)
    added = [nw.new_series(name, list(cells), backend=backend) for name, cells in columns.items()]
    extended = nw.from_native(
        nw.to_native(nw.maybe_reset_index(wrapped).with_columns(*added)), eager_only=True
    )
    if (index := nw.maybe_get_index(wrapped)) is not None:
        native = nw.to_native(extended)
        native.index = index
        return native
    return nw.to_native(extended)


def like(frame: object | None, columns: Mapping[str, Sequence[object]]) -> object:
    """Return columns as a frame of the same kind; without one, of pandas, polars or pyarrow, whichever is installed."""
    import narwhals as nw  # noqa: PLC0415  # only for frames

    if frame is None:
        backend: Any = next(name for name in ("pandas", "polars", "pyarrow") if is_installed(name))
    else:
        backend = nw.get_native_namespace(_wrapped(frame))
    return nw.from_dict({name: list(cells) for name, cells in columns.items()}, backend=backend).to_native()

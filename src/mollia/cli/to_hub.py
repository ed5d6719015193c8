"""`mollia export hub ... --to hf://OWNER/NAME`: what goes to the hub is said first, and goes with --yes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mollia.cli.output import Output
from mollia.errors import DataError

if TYPE_CHECKING:
    from mollia.data.labels_file import LabelsFormat


def to_hub(
    said: Output,
    source: Path,
    out: Path | None,
    to: str | None,
    *,
    yes: bool,
    public: bool,
    update: bool,
    how: LabelsFormat,
) -> None:
    """Write the folder, or upload what it would hold.

    Raises
    ------
    MolliaError
        When it cannot be done, and where `yes` is missing.
    """
    from mollia.usecases.to_hub import write_folder  # noqa: PLC0415  # heavy: keeps --help fast

    if to is None or out is not None:
        if yes:
            raise DataError(
                "--yes uploads, and there is nothing to upload."
                if to is None
                else "Files are written to a folder or uploaded.",
                hint="Name the repository: --to hf://OWNER/NAME."
                if to is None
                else "Give --out or --yes, not both.",
            )
        if out is None:
            raise DataError(
                "Nothing says where to write.", hint="Give --out FOLDER, or --to hf://OWNER/NAME."
            )
        with said.busy("writing the folder"):
            rows = write_folder(source, out, to=to, how=how, say=said.note)
        said.give(files=[out], **({} if rows is None else {"rows": rows}))
        what = "The student" if rows is None else f"{rows} rows"
        said.say(f"{what} written: {out}, with a card in README.md")
        if to is not None:
            said.say("Nothing was uploaded.")
        return
    _upload(said, source, to, yes=yes, public=public, update=update, how=how)


def _upload(
    said: Output, source: Path, to: str, *, yes: bool, public: bool, update: bool, how: LabelsFormat
) -> None:
    from mollia.exchange.hub_upload import upload  # noqa: PLC0415  # the same
    from mollia.usecases.to_hub import prepared  # noqa: PLC0415  # the same

    with said.busy("writing the files"):
        ready = prepared(source, to, how=how, say=said.note)
        with ready as found:
            said.say(*found.lines(public=public))
            said.give(address=found.address, public=public, files=list(found.files), uploaded=False)
            if not yes:
                raise DataError(
                    "Nothing was uploaded yet.",
                    hint="Add --yes to upload these files, or --out FOLDER to look at them first.",
                )
            place = upload(found.folder, found.place, public=public, update=update, say=said.note)
    said.give(address=place, uploaded=True)
    said.say(f"Uploaded: {place}")

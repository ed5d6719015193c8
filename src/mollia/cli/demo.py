"""`mollia demo`: the whole loop, offline, on recorded answers."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mollia.cli.output import current
from mollia.errors import DataError
from mollia.invocation import command
from mollia.progress import doing
from mollia.whole_files import replacing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.resources.abc import Traversable

    from mollia.cli.closing import Step
    from mollia.loop.result import RunResult
    from mollia.task.config import Task

EXAMPLES = {
    "Write labels, report and student to the folder demo": "demo",
    "Label pictures of digits instead": "demo --images",
    "Write them to another folder, and show no progress": "demo --out first-look --quiet",
}
FOLDER, IMAGES_FOLDER = "demo", "demo-images"
IMAGES = ("task.toml",)  # beside what is made when the demo runs
EMBEDDED = ("task.toml", "uk_acts.csv", "ATTRIBUTION.md", "shop/answers.csv", "shop/seed.csv")
# The best known of the larger LLMs that the file holds, and the one that gold says is best of them.
ALONE = {
    "gpt_4o_2024_11_20": "GPT-4o alone (not on the panel)",
    "claude_3_5_haiku_20241022": "Claude 3.5 Haiku alone (the same)",
}
ABOUT = (
    "926 acts of the UK parliament, 21 policy topics. Ten LLMs of 3 to 22 billion parameters answered; their answers",
    "are recorded, so nothing is asked now. 50 rows drawn at random count as labelled by a person; for the other 876",
    "the true topic is known too, and used for one thing only: to measure how many labels are right.",
)
ABOUT_IMAGES = (
    "900 pictures of handwritten digits (scikit-learn's; Alpaydin and Kaynak, CC BY 4.0). Six weak classifiers of different",
    "kinds, each taught by 10 to 60 other digits, have answered; their answers are recorded. 50 rows drawn at random count",
    "as labelled by a person; for the other 850 the true digit is used for one thing only: to measure how many are right.",
)


def demo(
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", help="The folder to write to; by default demo, or demo-images.", show_default=False
        ),
    ] = None,
    images: Annotated[
        bool, typer.Option("--images", help="Label pictures of digits instead of texts.")
    ] = False,
) -> None:
    """See what mollia does: offline, with recorded answers of LLMs.

    Label 926 acts of parliament with ten small LLMs and 50 human labels, or 900 pictures of digits with six weak
    classifiers.
    """
    from mollia.loop.run import run  # noqa: PLC0415  # heavy: keeps --help fast
    from mollia.task.load import load_task  # noqa: PLC0415  # the same
    from mollia.usecases.demo_figures import beside_the_panel  # noqa: PLC0415  # the same

    if images:
        _of_images(out or Path(IMAGES_FOLDER))
        return
    out = out or Path(FOLDER)
    unpack(out)
    said = current()
    said.say(*ABOUT)
    task = load_task(out / "task.toml")
    with said.progress() as progress:
        result = run(task, progress=progress)
    result = beside_the_panel(result, ALONE)
    _end(result, task, *closing(result, out))


def _of_images(out: Path) -> None:
    """Make the pictures and the panel's answers, and run their task."""
    from mollia.loop.run import run  # noqa: PLC0415  # heavy: keeps --help fast
    from mollia.task.load import load_task  # noqa: PLC0415  # the same
    from mollia.usecases.demo_images import write_demo  # noqa: PLC0415  # the same

    unpack(out, "digits", IMAGES)
    said = current()
    said.say(*ABOUT_IMAGES)
    with said.progress() as progress:
        with doing(progress, "making the pictures"):
            write_demo(out)
        task = load_task(out / "task.toml")
        result = run(task, progress=progress)
    _end(result, task)


def _end(result: RunResult, task: Task, shown: Sequence[str] = (), further: Sequence[Step] = ()) -> None:
    """Write the outputs, and say what came of it and what to do next."""
    from mollia.cli.closing import closing_lines, next_steps  # noqa: PLC0415  # heavy: keeps --help fast
    from mollia.cli.run import write_all  # noqa: PLC0415  # the same

    said = current()
    write_all(result, task)
    said.say("", *closing_lines(result, task, shown=shown, further=further))
    said.next(*next_steps(result, task), *further, say=False)


def unpack(folder: Path, where: str = "", names: Sequence[str] = EMBEDDED) -> None:
    """Write a demo's task and data to a folder."""
    source = files("mollia.data") / "demo" / where
    _refuse_others(folder, source, names)
    for name in names:
        with replacing(folder / name) as unfinished:
            unfinished.write_bytes((source / name).read_bytes())


def _refuse_others(folder: Path, source: Traversable, names: Sequence[str]) -> None:
    """Keep a file of the same name that is not the demo's."""
    for name in names:
        path = folder / name
        if path.is_file() and path.read_bytes() != (source / name).read_bytes():
            raise DataError(
                f"{path} is there already, and is not the demo's.", hint="Choose another folder with --out."
            )


def closing(result: RunResult, out: Path) -> tuple[list[str], list[Step]]:
    """Return what ends the demo beside a run's own lines: what became of the vote's labels, a file of one's own."""
    from mollia.usecases.demo_figures import changes  # noqa: PLC0415  # as above

    found = changes(result)
    shop = out / "shop"
    fuse = command(
        "fuse", shop / "answers.csv", "--labels", "Refund,Delivery,Other", "--seed-labels", shop / "seed.csv",
        "--out", shop / "labels.csv",
    )  # fmt: skip
    shown = [
        "",
        f"mollia changed {found.changed} of the vote's labels: {found.better} became right, {found.worse} became wrong.",
        f"{found.most} of the {found.better} went from “{found.before}” to “{found.after}”: so the people who labelled",
        "these acts see them. The vote missed it; a few human labels teach it.",
        "MoLAM, the method of the paper, has its authors' settings here, which need more than two or three labels per",
        "topic. README.md shows it with two of them changed as well (molam_repaired).",
    ]
    return shown, [("Fuse answers in a file like yours", fuse)]

"""What a task may ask of rows that hold no text: refused here, before anything is asked."""

from __future__ import annotations

from mollia.content import on_the_web
from mollia.encode.precomputed import KIND as VECTORS_GIVEN
from mollia.errors import TaskError
from mollia.records import Pool
from mollia.session.encoder import encoder_name, of_images, of_no_words
from mollia.session.examples import wanted_of
from mollia.task.config import Task

WORDS = "text"
CALLED = {"image": "images", "audio": "sound", "nothing": "rows with vectors alone", "text": "texts"}


def check_content(task: Task, pool: Pool) -> None:
    """Refuse what cannot be done with the rows' content.

    Raises
    ------
    TaskError
        With the key that is wrong and what to write in its place.
    """
    kind, what = pool.content, CALLED[pool.content]
    encoder = encoder_name(task, pool)
    if encoder == VECTORS_GIVEN and pool.vectors is None:
        raise TaskError(
            'student.encoder: "vectors" reads vectors that come with the data, and the task names none.',
            hint="Name them under data.vectors: a .npy file, or columns with numbers.",
        )
    if of_images(encoder) and kind != "image":
        raise TaskError(
            f'student.encoder: "{encoder}" reads images, and the rows hold {what}.',
            hint="Name the column of the images under data.image.",
        )
    if kind == WORDS:
        return
    blind = [each.name for each in task.panel if kind not in each.reads]
    if blind:
        raise TaskError(
            f"panel: {', '.join(blind)} cannot be asked about {what}.",
            hint='Ask a vision model behind a server (kind = "openai", prompt = "chat"), or give recorded answers.'
            if kind == "image"
            else 'Give recorded answers (kind = "recorded").',
        )
    if not of_no_words(encoder):
        raise TaskError(
            f'student.encoder: "{encoder}" reads texts, and the rows hold {what}.',
            hint='Give vectors under data.vectors (encoder "vectors")'
            + (', or use "pixels" or "onnx_image:FOLDER".' if kind == "image" else "."),
        )
    if of_images(encoder) and any(map(on_the_web, pool.texts)):
        raise TaskError(
            f'student.encoder: "{encoder}" opens files, and some images are addresses on the web.',
            hint="Download them, or give vectors under data.vectors.",
        )
    if any(student != "frozen" for student in task.student.kinds):
        raise TaskError(
            f'student.kind: "{task.student.kind}" reads texts, and the rows hold {what}.',
            hint='Use "frozen".',
        )
    if task.fuse.text_view not in {"auto", "tfidf"}:
        raise TaskError(
            f'fuse.text_view: "{task.fuse.text_view}" reads texts, and the rows hold {what}.',
            hint="Leave it out.",
        )
    if any(wanted_of(task, member).number for member in task.panel):
        raise TaskError(
            f"examples.number (or a panel member's examples): labelled examples are shown as texts, and the rows hold {what}.",
            hint="Set examples.number = 0, and no examples in [[panel]].",
        )

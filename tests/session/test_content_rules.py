"""What a task may ask of rows that hold no text."""

import numpy as np
import pytest
from tests.pictures import image, sound

from mollia.encode.pixels import Pixels
from mollia.encode.precomputed import Precomputed
from mollia.errors import TaskError
from mollia.session.encoder import encoder_name, task_encoder, view_encoder
from mollia.session.questions import questions_by_llm
from mollia.session.task_pool import labels_format, pool_of
from mollia.task.load import task_from

SERVER = {"name": "vision", "kind": "openai", "url": "http://127.0.0.1:9/v1", "model": "m"}
RECORDED = {"name": "said", "kind": "recorded", "path": "answers.csv"}


@pytest.fixture
def task(tmp_path):
    (tmp_path / "cats").mkdir()
    (tmp_path / "cats" / "a.png").write_bytes(image())
    (tmp_path / "a.wav").write_bytes(sound())
    head = "id,image,web,clip,x,y,note"
    (tmp_path / "rows.csv").write_text(
        f"{head}\n1,cats/a.png,https://example.org/a.png,a.wav,1,2,by a lake\n2,,,,3,4,\n", encoding="utf-8"
    )

    def made(*panel, data, **sections):
        written = {
            "name": "t",
            "instruction": "Which?",
            "data": {"path": "rows.csv"} | data,
            "classes": [{"name": "cat"}, {"name": "dog"}],
            "panel": list(panel) or [RECORDED],
            "run": {"out": "out"},
        }
        return task_from(written | sections, folder=tmp_path)

    return made


def test_the_encoder_is_the_one_that_reads_what_the_rows_hold(task):
    def of(data, **sections):
        made = task(data=data, **sections)
        pool = pool_of(made)
        return encoder_name(made, pool), type(task_encoder(made, pool)), type(view_encoder(made, pool))

    assert of({"image": "image"})[0] == "pixels"
    found = task(data={"image": "image"})
    assert isinstance(task_encoder(found, pool_of(found)).encoder, Pixels)
    assert of({"image": "image", "vectors": ["x", "y"]}) == ("vectors", Precomputed, Precomputed)
    assert of({"audio": "clip", "vectors": ["x", "y"]}) == ("vectors", Precomputed, Precomputed)
    assert of({"vectors": ["x", "y"]}) == ("vectors", Precomputed, Precomputed)
    assert of({"columns": ["x", "note"]})[0] == "lexical"
    assert of({"columns": ["x", "note"]})[2] is type(None)
    assert of({"columns": ["note"], "vectors": ["x"]}, student={"encoder": "lexical"})[0] == "lexical"


def test_a_vision_model_sees_the_image_and_its_caption_and_never_its_path(task):
    found = task(SERVER, data={"image": "image", "text": "note"})
    first, blank = questions_by_llm(found, pool_of(found))["vision"]
    assert "by a lake" in first.prompt.user
    assert "cats" not in first.prompt.system + first.prompt.user
    assert first.prompt.image
    assert (blank.prompt.user, blank.prompt.image) == ("", "")
    found = task(SERVER, data={"image": "image"})
    first, _ = questions_by_llm(found, pool_of(found))["vision"]
    assert first.prompt.user == "The image to classify is attached.\nClass:"


def test_a_table_row_is_asked_about_as_lines(task):
    found = task(SERVER, data={"columns": ["x", "note"]})
    first, second = questions_by_llm(found, pool_of(found))["vision"]
    assert first.prompt.user == "Text: x: 1\n  note: by a lake\nClass:"
    assert second.prompt.user == "Text: x: 3\nClass:"
    assert labels_format(found).text == "x"


@pytest.mark.parametrize(
    ("panel", "data", "sections", "said"),
    [
        ({**SERVER, "prompt": "plain"}, {"image": "image"}, {}, "panel: vision cannot be asked about images"),
        (SERVER, {"audio": "clip", "vectors": ["x"]}, {}, "panel: vision cannot be asked about sound"),
        (SERVER, {"vectors": ["x"]}, {}, "panel: vision cannot be asked about rows with vectors alone"),
        (RECORDED, {"audio": "clip"}, {}, '"lexical" reads texts, and the rows hold sound'),
        (RECORDED, {"image": "image"}, {"student": {"encoder": "lexical"}}, '"lexical" reads texts'),
        (RECORDED, {"image": "web"}, {}, "some images are addresses on the web"),
        (
            RECORDED,
            {"image": "image"},
            {"student": {"kind": "finetune"}},
            'student.kind: "finetune" reads texts',
        ),
        (RECORDED, {"image": "image"}, {"fuse": {"text_view": "finetune"}}, "fuse.text_view"),
        (RECORDED, {"image": "image"}, {"examples": {"number": 2}}, "examples.number"),
        (
            RECORDED,
            {"text": "note"},
            {"student": {"encoder": "pixels"}},
            '"pixels" reads images, and the rows hold texts',
        ),
        (
            RECORDED,
            {"text": "note"},
            {"student": {"encoder": "onnx_image:some/model"}},
            '"onnx_image:some/model" reads images, and the rows hold texts',
        ),
        (
            RECORDED,
            {"image": "web"},
            {"student": {"encoder": "onnx_image:some/model"}},
            "some images are addresses on the web",
        ),
        (RECORDED, {"text": "note"}, {"student": {"encoder": "vectors"}}, "the task names none"),
    ],
)
def test_what_cannot_be_done_is_refused_before_anything_is_asked(task, panel, data, sections, said):
    with pytest.raises(TaskError, match=said) as caught:
        pool_of(task(panel, data=data, **sections))
    assert caught.value.hint


def test_vectors_of_equal_contents_are_the_firsts_and_on_one_scale(task, tmp_path):
    np.save(tmp_path / "v.npy", [[3.0, 4.0], [0.0, 5.0]])
    found = task(data={"text": "note", "vectors": "v.npy"})
    pool = pool_of(found)
    assert task_encoder(found, pool).encode(pool.texts).tolist() == pytest.approx(
        np.array([[0.6, 0.8], [0, 1]])
    )

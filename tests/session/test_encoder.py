import sqlite3
from pathlib import Path

import numpy as np
import pytest
from tests.pictures import image

from mollia.encode import cached
from mollia.encode.cached import Cached
from mollia.encode.counted import Counted
from mollia.encode.hybrid import Hybrid
from mollia.encode.lexical import Lexical
from mollia.engine.local import Local
from mollia.errors import DataError, TaskError
from mollia.loop.run import run
from mollia.session import encoder as module
from mollia.session.encoder import VECTORS, pool_encoder
from mollia.session.task_pool import pool_of
from mollia.student.load import load_student
from mollia.task.load import load_task
from mollia.usecases.predict_file import predict_file

TEXTS = ["my parcel is late", "I was charged twice", "where is my order", "money back please", "hello there"]


def test_the_lexical_encoder_counts_a_pool_once_if_it_is_not_huge(tmp_path, monkeypatch):
    counted = pool_encoder("lexical", TEXTS, tmp_path)
    assert isinstance(counted, Counted)
    monkeypatch.setattr(module, "MOST_CHARACTERS", 10)
    plain = pool_encoder("lexical", TEXTS, tmp_path)
    assert isinstance(plain, Lexical)
    assert np.array_equal(counted.encode(TEXTS), plain.encode(TEXTS))


def test_a_models_vectors_are_kept_by_text(minilm, tmp_path):
    encoder = pool_encoder(f"onnx:{onnx_folder(minilm, tmp_path)}", TEXTS, tmp_path)
    assert isinstance(encoder, Cached)
    encoder.encode([*TEXTS, TEXTS[0]])
    with sqlite3.connect(tmp_path / VECTORS) as db:
        assert db.execute("SELECT COUNT(*) FROM vectors").fetchone() == (5,)
    hybrid = pool_encoder(f"hybrid:onnx:{tmp_path / 'model.onnx'}", TEXTS, tmp_path)
    assert isinstance(hybrid, Hybrid)
    assert isinstance(hybrid.dense_, Cached)


def onnx_folder(minilm, folder):
    """A folder with model and tokenizer side by side, as people have it; returns the model's path."""
    (folder / "model.onnx").symlink_to(minilm.model)
    (folder / "tokenizer.json").symlink_to(minilm.tokenizer)
    return folder / "model.onnx"


class Watched(Local):
    """The engine of this machine; keeps what it was given to map."""

    def __init__(self):
        super().__init__()
        self.texts = []

    def map(self, work, batches, /, **how):
        for kept, texts in batches:
            self.texts += texts
            yield from super().map(work, [(kept, texts)], **how)


def test_a_run_with_a_model_named_from_the_tasks_folder_encodes_its_texts_by_the_engine(
    write_task, minilm, monkeypatch
):
    monkeypatch.setattr(cached, "CHUNK", 8)
    path = write_task(n=30, seed_rows=12)
    (path.parent / "models").mkdir()
    onnx_folder(minilm, path.parent / "models")
    path.write_text(path.read_text() + '[student]\nencoder = "hybrid:onnx:models/model.onnx"\n')
    engine = Watched()
    run(path, engine=engine)
    assert set(engine.texts) >= set(pool_of(load_task(path)).texts)
    assert (path.parent / "out" / VECTORS).is_file()
    (path.parent / "models" / "model.onnx").unlink()
    (path.parent / "out" / VECTORS).unlink()
    loaded = load_student(path.parent / "out" / "student")
    assert loaded.predict(["where is my order"]) == ["Delivery"]


def test_a_missing_model_is_said_before_anything_is_asked(write_task):
    path = write_task(n=30)
    (path.parent / "empty").mkdir()
    path.write_text(path.read_text() + '[student]\nencoder = "static:empty"\n')
    with pytest.raises(DataError, match=r"static model .*empty cannot be loaded"):
        run(path)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("lexical:8", "a model stands after onnx:, static:, torch:, hybrid:"),
        ("static:", "a model stands after"),
        ("static:./nowhere", "there is no folder or file"),
        ("hybrid:statik", 'mean "static"'),
    ],
)
def test_an_impossible_encoder_is_said_with_its_key(write_task, written, said):
    path = write_task(n=30)
    path.write_text(path.read_text() + f'[student]\nencoder = "{written}"\n')
    with pytest.raises(TaskError, match=said) as found:
        load_task(path)
    assert "student.encoder" in str(found.value)


def test_a_run_reads_images_by_a_model_for_student_and_fuser_and_the_student_brings_it_along(
    image_model, tmp_path
):
    shades = [(200 - row % 3 * 80, 20 + row, row % 3 * 80) for row in range(30)]
    rows = [f"{row},p{row}.png,{'abc'[row % 3]},{'abc'[(row + row % 7 // 6) % 3]}" for row in range(30)]
    for row, shade in enumerate(shades):
        (tmp_path / f"p{row}.png").write_bytes(image(shade, size=(40, 30)))
    (tmp_path / "rows.csv").write_text("id,image,gold,llm\n" + "\n".join(rows) + "\n", encoding="utf-8")
    (tmp_path / "task.toml").write_text(
        f"""name = "colours"
instruction = "Which colour?"
classes = [{{ name = "a" }}, {{ name = "b" }}, {{ name = "c" }}]
[data]
path = "rows.csv"
image = "image"
gold = "gold"
[seed]
draw = 12
[student]
encoder = "onnx_image:{image_model}"
[query]
batch = 10
rounds = 1
[run]
out = "out"
[[panel]]
name = "llm"
kind = "recorded"
path = "rows.csv"
""",
        encoding="utf-8",
    )
    run(load_task(tmp_path / "task.toml"))
    with sqlite3.connect(tmp_path / "out" / VECTORS) as db:
        found = db.execute("SELECT encoder, count(*) FROM vectors GROUP BY encoder").fetchall()
    assert [(name[:11], number) for name, number in found] == [("onnx_image-", 30)]
    done = predict_file(tmp_path / "out" / "student", tmp_path / "rows.csv", out=tmp_path / "new.csv")
    assert done.n_rows == 30
    stored = load_student(tmp_path / "out" / "student").features
    assert Path(stored.model).is_relative_to(tmp_path / "out" / "student")

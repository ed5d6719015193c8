"""The loop with students that are fine-tuned, from the first round or at the end."""

import csv
import json
import subprocess
import sys

import numpy as np
import pytest

import mollia
from mollia import registry
from mollia.errors import DataError, TaskError
from mollia.loop.labels import fuse_asked
from mollia.loop.rounds import Given
from mollia.loop.teach import taught
from mollia.progress import quiet
from mollia.query.pool_view import PoolView
from mollia.session.parts import open_parts
from mollia.session.students import new_student, said_of, start_weights
from mollia.student.encoder_size import AUTO, KNOWN, MINILM
from mollia.student.finetune import FinetunedStudent
from mollia.task.config import Query, StudentSpec
from mollia.task.load import load_task

MPNET = KNOWN[0]
ALONE = ("entropy", "coreset", "badge", "typiclust", "noise_stability", "bemps", "bald")  # need no panel


def with_student(task, **keys):
    lines = "".join(f"{key} = {json.dumps(value)}\n" for key, value in keys.items())
    task.write_text(task.read_text("utf-8") + f"[student]\n{lines}", encoding="utf-8")
    return task


WORD_COUNTS = (
    '[fuse]\ntext_view = "tfidf"\n'  # students as text view take minutes, and are not what is tested
)
WITHOUT = """
import sys
from mollia.cli.main import main

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {modules}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Missing())
main()
"""


def mollia_without(modules, *words):
    return subprocess.run(
        [sys.executable, "-c", WITHOUT.format(modules=modules), *words],
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_fine_tuned_student_of_a_run_predicts_without_torch(write_task, minilm_weights, tmp_path):
    told = []
    task = with_student(write_task(n=60), kind="frozen+finetune", model=str(minilm_weights))
    task.write_text(task.read_text("utf-8") + WORD_COUNTS, "utf-8")
    result = mollia.run(task, progress=lambda *step: told.append(step))
    assert ("fine-tuning", 10, 10) in told  # 60 rows, 5 epochs
    right = result.student_probs.argmax(1) == np.arange(60) % 3
    assert right.mean() > 0.9
    assert [len(each.asked) for each in result.rounds] == [10, 10, 10]
    folder = tmp_path / "out" / "student"
    assert json.loads((folder / "manifest.json").read_text("utf-8"))["features"]["kind"] == "onnx"
    out = tmp_path / "new.csv"
    done = mollia_without(
        ["torch", "transformers"], "predict", str(folder), str(tmp_path / "data.csv"), "--out", str(out)
    )
    assert done.returncode == 0, done.stderr
    probs = np.array([[float(row[f"p_{name}"]) for name in result.classes] for row in rows_of(out)])
    assert np.abs(probs - result.student_probs).max() < 1e-4


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_fine_tuned_student_can_query_in_every_way(write_task, minilm_weights):
    task = load_task(with_student(write_task(n=30, seed_rows=12), kind="finetune", model=str(minilm_weights)))
    with open_parts(task, ask=True, progress=quiet) as parts:
        parts.ask_for(np.arange(30))
        student = taught(parts, Given(human=np.arange(12)), fuse_asked(parts))
        assert isinstance(student, FinetunedStudent)
        view = PoolView(student=student, texts=parts.pool.texts[12:])
        picked = {
            name: registry.find("query", name)(view, 5, np.random.default_rng(0)).rows for name in ALONE
        }
    assert all(len(set(rows.tolist())) == 5 for rows in picked.values())


def test_what_lacks_is_said_before_the_panel_is_asked(write_task, tmp_path):
    task = with_student(write_task(), kind="frozen+finetune", model=str(tmp_path))
    with pytest.raises(DataError, match="cannot be loaded") as found:
        mollia.run(task)
    assert "hub" in found.value.hint
    done = mollia_without(["torch"], "run", str(task))
    assert done.returncode == 2
    assert 'pip install "mollia[torch]"' in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out" / "ledger.sqlite").exists()


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"kind": "frozen+finetun"}, 'Did you mean "finetune"'),
        ({"kind": "frozen+finetune+frozen"}, "two at most"),
        ({"model": "./nowhere"}, "there is no folder"),
    ],
)
def test_a_slip_in_the_students_table_is_named(write_task, keys, said):
    with pytest.raises(TaskError, match=said):
        load_task(with_student(write_task(), **keys))


def test_a_folder_beside_the_task_is_found_and_a_hub_name_is_kept(write_task, tmp_path):
    (tmp_path / "encoder").mkdir()
    assert load_task(with_student(write_task(), model="encoder")).student.model == str(tmp_path / "encoder")
    assert load_task(with_student(write_task(), model="owner/name")).student.model == "owner/name"
    assert StudentSpec().model == AUTO
    assert StudentSpec(kind="frozen+finetune").kinds == ("frozen", "finetune")
    assert StudentSpec().kinds == ("frozen", "frozen")


def test_each_student_takes_the_settings_it_has():
    tuned = new_student("finetune", weights="owner/name", random_state=3)
    assert isinstance(tuned, FinetunedStudent)
    assert (tuned.weights, tuned.random_state) == ("owner/name", 3)
    assert new_student("frozen", weights="owner/name").encoder == "lexical"


@pytest.mark.parametrize(
    ("kind", "rounds", "chosen"),
    [
        ("frozen", 10, {}),
        ("frozen+finetune", 10, {"finetune": MPNET}),  # taught once, on the whole pool
        ("finetune", 10, {"finetune": MINILM}),  # taught again in every round: an hour with the larger one
        ("finetune", 1, {"finetune": MPNET}),
    ],
)
def test_a_student_taught_in_every_round_starts_from_the_smaller_encoder(
    write_task, known_encoders, kind, rounds, chosen
):
    task = load_task(with_student(write_task(), kind=kind))
    task = task.model_copy(update={"query": Query(rounds=rounds, batch=100)})
    found = start_weights(task, ["a short text"] * 1000)
    assert found == chosen
    assert said_of(found, AUTO) == [
        f'The student "{each}" starts from {chosen[each]} (model = "auto").' for each in chosen
    ]
    assert said_of(found, MINILM) == []


def test_a_student_of_long_texts_starts_from_the_smaller_encoder(write_task, known_encoders):
    task = load_task(with_student(write_task(), kind="frozen+finetune"))
    assert start_weights(task, ["word " * 10] * 1000) == {"finetune": MPNET}
    assert start_weights(task, ["word " * 60] * 1000) == {"finetune": MINILM}


def test_a_named_encoder_is_taken_whatever_it_costs(write_task, known_encoders):
    task = load_task(with_student(write_task(), kind="finetune", model=MPNET))
    assert start_weights(task, ["text"] * 100_000) == {"finetune": MPNET}

"""The text view of the fuser, as a task or a call chooses it."""

import huggingface_hub
import pytest

import mollia
from mollia.errors import TaskError
from mollia.session.text_view import recipe, text_view
from mollia.session.timed_students import Terms


def test_a_run_ends_with_the_text_view_its_task_names(write_task):
    result = mollia.run(write_task(extra='[fuse]\ntext_view = "frozen"\n'))
    assert sum("Text view: frozen" in note for note in result.fused.notes) == 1
    assert "without the students" in str(result.estimate)
    assert any("without the students" in note for note in result.fused.notes)


def test_a_task_with_an_unknown_text_view_is_refused(write_task):
    with pytest.raises(TaskError, match="text_view"):
        mollia.run(write_task(extra='[fuse]\ntext_view = "fine"\n'))


def test_auto_fine_tunes_where_weights_are_at_hand_and_time_allows(tmp_path):
    settings = {"model": str(tmp_path), "random_state": 0}
    for n_rows in (100, 3000):
        assert text_view("auto", n_rows=n_rows, **settings)[0].kind == "finetune"
    made, said = text_view("auto", n_rows=100_000, **settings)
    assert made is None
    assert "100,000 rows could take 120 minutes on one core, and the time allowed is 10 minutes" in said
    assert text_view("auto", n_rows=100_000, terms=Terms(seconds=20_000), **settings)[0].kind == "finetune"
    assert (
        "the time allowed is 1 second"
        in text_view("auto", n_rows=3000, terms=Terms(seconds=1), **settings)[1]
    )
    made, said = text_view("auto", n_rows=3000, model="some/hub-name", random_state=0)
    assert made is None
    assert "some/hub-name" in said


def test_weights_in_the_hubs_cache_are_at_hand(tmp_path, monkeypatch):
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    repository = tmp_path / "models--some--hub-name"
    snapshot = repository / "snapshots" / ("0" * 40)
    snapshot.mkdir(parents=True)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("0" * 40)
    asked = {"model": "some/hub-name", "n_rows": 3000, "random_state": 0}
    (snapshot / "config.json").write_text("{}")
    assert "are not on this machine" in text_view("auto", **asked)[1]  # a download that stopped
    for name in ("model.safetensors", "tokenizer.json"):
        (snapshot / name).write_text("{}")
    assert text_view("auto", **asked)[0].kind == "finetune"


def test_a_folder_that_is_not_there_gives_tfidf(tmp_path):
    made, said = text_view("auto", model=str(tmp_path / "none" / "at" / "all"), n_rows=3000, random_state=0)
    assert made is None
    assert "are not on this machine" in said


@pytest.mark.parametrize(("n_rows", "batch", "steps"), [(926, 16, 150), (3000, 32, 141), (30_000, 32, 1407)])
def test_small_pools_are_learned_in_as_many_batches(n_rows, batch, steps):
    found = recipe(n_rows)
    assert found.batch == batch
    assert found.epochs * n_rows / 2 / batch == pytest.approx(steps, rel=0.1)
    assert found.epochs >= 3


def test_a_method_that_hears_no_student_is_left_in_peace(write_task):
    result = mollia.run(write_task(extra='[fuse]\nmethod = "vote"\n'))
    assert not any("Text view" in note for note in result.fused.notes)
    with pytest.raises(TaskError, match="hears no student"):
        mollia.run(write_task(extra='[fuse]\nmethod = "vote"\ntext_view = "frozen"\n'))


def test_a_run_says_why_it_took_tfidf(write_task):
    result = mollia.run(write_task())
    said = [
        note for note in result.fused.notes if note.startswith("The texts were read as word counts (TF-IDF)")
    ]
    assert len(said) == 1
    assert "without the students" not in str(result.estimate)


def test_what_teaching_takes_is_said_before_it_starts_and_what_students_said_is_not_taught_again(write_task):
    said, stages = [], []
    path = write_task(extra='[fuse]\ntext_view = "frozen"\n')
    first = mollia.run(path, say=said.append, progress=lambda *stage: stages.append(stage))
    (announced,) = [each for each in said if each.startswith("Now students are taught")]
    assert "as long as it takes" in announced
    assert 'write text_view = "tfidf" under [fuse] in' in announced
    assert "run" in announced.rpartition("or:")[2]
    assert announced.endswith("--text-view tfidf")
    said.clear()
    second = mollia.run(path, say=said.append)
    assert not any("taught" in each for each in said)
    assert (first.fused.posterior == second.fused.posterior).all()


def test_a_run_whose_time_for_teaching_is_over_says_so_once_and_reads_word_counts(
    write_task, minilm_weights, tmp_path
):
    student = f'[student]\nmodel = "{minilm_weights.as_posix()}"\n'
    view = '[fuse]\ntext_view = "finetune"\ntext_view_minutes = 0.0\n'
    result = mollia.run(write_task(extra=view + student), outputs=tmp_path / "files")
    short = "no student was ready in time"
    assert sum(short in note for note in result.warnings) == 1
    assert not result.fused.by_students
    for name in ("summary.json", "report.html"):
        assert (tmp_path / "files" / name).read_text("utf-8").count(short) == 1

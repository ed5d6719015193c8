from mollia.cli import stopped
from mollia.ledger.sqlite_store import open_store
from mollia.progress import LlmProgress
from mollia.records import Answer


def test_a_run_says_how_many_answers_are_kept_and_how_to_go_on(write_task, monkeypatch):
    path = write_task()
    monkeypatch.chdir(path.parent)
    answers = [Answer(key=f"k{i}", text_id=f"r{i}", llm="good", replies=("NA",), calls=1) for i in range(3)]
    failed = Answer(key="k9", text_id="r9", llm="good", problem="timeout", calls=1)
    with open_store(path.parent / "out" / "ledger.sqlite") as store:
        store.add([*answers, failed])
    kept, again = stopped.lines(["run", "task.toml", "-q"])
    assert kept == "Stopped. 3 answers are kept in out/ledger.sqlite; the same command goes on."
    assert again.endswith("run task.toml -q")
    asked = [LlmProgress(llm="good", done=4, total=900, failures=1)]
    kept, _ = stopped.lines(["run", "task.toml"], llms=asked)
    assert kept.startswith("Stopped. 3 of 900 answers are kept in ")
    batch = [LlmProgress(llm="good", done=2, total=10)]  # of a later asking
    assert stopped.lines(["run", "task.toml"], llms=batch)[0].startswith("Stopped. 3 answers are kept in ")


def test_before_the_first_answer_nothing_was_asked(write_task, monkeypatch):
    monkeypatch.chdir(write_task().parent)
    assert stopped.lines(["annotate", "task.toml"])[0] == "Stopped. Nothing had been asked yet."


def test_another_command_starts_over_from_whole_files():
    said, again = stopped.lines(["fuse", "my panel.csv"])
    assert said == "Stopped. No file was left half-written."
    assert stopped.lines(["fuse"], stage="fusing")[0] == "Stopped at: fusing. No file was left half-written."
    assert again.endswith(("fuse 'my panel.csv'", 'fuse "my panel.csv"'))

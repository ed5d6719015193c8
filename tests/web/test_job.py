import time

from mollia.web.job import Jobs


def test_a_command_that_has_ended_has_said_all_it_says(tmp_path, monkeypatch):
    """The page asks no more once a command has ended: what it wrote last must be there, however late it is read."""
    read = Jobs._read

    def late(jobs, process):
        process.wait()
        time.sleep(0.2)
        read(jobs, process)

    monkeypatch.setattr(Jobs, "_read", late)
    jobs = Jobs(tmp_path / "task.toml")  # which is missing
    assert jobs.start("run")
    while (state := jobs.state()).running:
        time.sleep(0.01)
    jobs.close()
    assert state.code == 2
    assert [line.partition(" ")[0] for line in state.lines] == ["mollia:", "This"], state.lines

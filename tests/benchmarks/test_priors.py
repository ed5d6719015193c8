import json

from typer.testing import CliRunner

from mollia.errors import DataError
from mollia.priors.file import read_priors
from mollia_benchmarks.cli import app


def test_each_set_starts_from_the_others_of_its_family(family, tmp_path):
    out = tmp_path / "out"
    options = ["--data", str(family), "--labels", "0,20", "--draws", "1", "--rows", "200", "--out", str(out)]
    done = CliRunner().invoke(app, ["priors", *options, "--processes", "1"])
    assert done.exit_code == 0, done.output
    assert "| 0 | 2 | " in done.output
    assert "| parcels_b | " in (out / "table.md").read_text()
    past = read_priors(out / "past" / "parcels_a.json")
    assert [llm.name for llm in past.llms] == ["good_8b", "fair_3b", "poor_1b"]
    scores = json.loads((out / "scores.json").read_text())
    assert {key.split()[1] for key in scores} == {"default", "priors"}
    assert scores["parcels_a priors 20"]["log_loss"] != scores["parcels_a default 20"]["log_loss"]


def test_a_set_without_siblings_is_refused(panel_folder, tmp_path):
    done = CliRunner().invoke(app, ["priors", "--data", str(panel_folder), "--out", str(tmp_path / "out")])
    assert isinstance(done.exception, DataError)
    assert "No two of the sets share their LLMs" in str(done.exception)

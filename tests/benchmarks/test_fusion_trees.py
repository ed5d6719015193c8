import numpy as np
import pytest
from typer.testing import CliRunner

from mollia.fusion.panel_trees import SHIPPED, taught_by
from mollia_benchmarks.cli import app
from mollia_benchmarks.fusion_trees import SHOWN

SETS = "policy_en,arxiv_review,political_inconsistency"


@pytest.fixture(scope="module")
def learned(tmp_path_factory):
    out = tmp_path_factory.mktemp("trees")
    words = ["fusion", "--learn", "--labels", "0,50", "--sets", SETS, "--draws", "1", "--processes", "1"]
    result = CliRunner().invoke(app, [*words, "--out", str(out)])
    assert result.exit_code == 0, result.output
    return out, result.output


def test_each_family_has_trees_that_it_did_not_teach(learned):
    out, said = learned
    assert taught_by(str(out / "arxiv.json")) == ("policy_en", "political_inconsistency")
    assert taught_by(str(out / "policy.json")) == ("arxiv_review", "political_inconsistency")
    assert taught_by(str(out / "shipped.json")) == ("arxiv_review", "political_inconsistency"), (
        "the demo's set is left out"
    )
    assert "| arxiv.json | arxiv_review | 2 | 4 |" in said


def test_lines_are_those_of_rows_without_a_label(learned):
    with np.load(learned[0] / "lines" / "arxiv_review.default.50.0.json.npz") as kept:
        assert kept["lines"].shape[:2] == kept["right"].shape == kept["before"].shape == (150, 2)
        assert 0.8 < kept["right"][:, 0].mean() < 1
        assert (kept["right"].sum(1) == 1).all(), "both classes are candidates"


def test_a_comparison_takes_the_trees_of_other_families(learned, tmp_path):
    words = [
        "fusion",
        "--labels",
        "50",
        "--sets",
        SETS,
        "--methods",
        "default",
        "--draws",
        "1",
        "--processes",
        "1",
    ]
    runner = CliRunner()
    shipped = runner.invoke(app, [*words, "--out", str(tmp_path / "a")]).output
    others = runner.invoke(app, [*words, "--out", str(tmp_path / "b"), "--trees", str(learned[0])]).output
    assert "taught with gold labels of arxiv_review, political_inconsistency" in shipped
    assert "taught with" not in others
    assert shipped.split("| default |")[1] != others.split("| default |")[1]


def test_the_shipped_trees_have_not_seen_what_demo_and_readme_show():
    seen = taught_by(SHIPPED)
    assert len(seen) > 30
    assert not set(SHOWN) & set(seen)
    assert not any(name.startswith("policy_") for name in seen)


def test_a_text_view_is_compared_with_the_trees_of_other_families(learned, tmp_path):
    words = ["fusion", "--text-view", "frozen", "--labels", "50", "--sets", "arxiv_review", "--draws", "1"]
    runner = CliRunner()
    shipped, others = (
        runner.invoke(app, [*words, "--processes", "1", "--out", str(tmp_path / name), *more])
        for name, more in (("a", ()), ("b", ("--trees", str(learned[0]))))
    )
    assert shipped.exit_code == others.exit_code == 0, others.output
    column = [each.output.rsplit("| arxiv_review |", 1)[1].split("|")[1] for each in (shipped, others)]
    assert column[0] != column[1], "TF-IDF's own figures change with the trees"

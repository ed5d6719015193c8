from typer.testing import CliRunner

from mollia_benchmarks.cli import app
from mollia_benchmarks.fusion_negative import CHOSEN, NAMES, choose, families_table


def figures(**precision):
    """Figures of one fuser: by set, the precision of the rule that denies most; the chosen one is always right."""
    most, kept = NAMES[0.0, CHOSEN[1]], NAMES[CHOSEN]
    return {
        (name, "vote", 0): {
            f"{rule} {what}": (value, 0.0)
            for rule in NAMES.values()
            for what, value in (
                ("precision", right if rule == most else 1.0),
                ("coverage", {most: 0.5, kept: 0.2}.get(rule, 0.1)),
            )
        }
        for name, right in precision.items()
    }


def test_what_denies_most_is_chosen_while_it_holds_the_promise():
    assert choose(figures(a_1=0.995, b_1=0.995)) == (0.0, CHOSEN[1])
    assert choose(figures(a_1=0.995, b_1=0.9)) == CHOSEN


def test_a_family_has_no_say_in_what_is_chosen_for_it():
    of = {"a_1": "a", "a_2": "a", "b_1": "b"}
    rows = families_table(figures(a_1=0.9, a_2=0.9, b_1=1.0), of).splitlines()
    assert rows[2] == f"| a | {NAMES[0.0, CHOSEN[1]]} | .900 |"
    assert rows[3] == f"| b | {NAMES[CHOSEN]} | 1.00 |"


def test_the_command_writes_tables_and_the_rule_holds_where_the_papers_does_not(tmp_path):
    words = ["fusion", "--negative", "--labels", "0,10,50", "--sets", "arxiv_review,political_inconsistency"]
    result = CliRunner().invoke(app, [*words, "--draws", "1", "--processes", "1", "--out", str(tmp_path)])
    assert result.exit_code == 0, result.output
    lines = (tmp_path / "table.md").read_text().splitlines()
    assert not any(line.startswith("| vote, 50") for line in lines)
    cells = next(line for line in lines if line.startswith("| political_inconsistency |")).split("|")
    assert float(cells[2]) < 0.95, "the paper's rule"
    assert float(cells[5]) > 0.99, "ours"

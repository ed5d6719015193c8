"""Nothing that is not complete calls itself complete: real servers that die, and the real command line."""

import csv
import json
import re

import pytest

from mollia.loop.run import run
from mollia_benchmarks.loopback import Reply, chat_reply

from .conftest import Server

NO_MODEL = "The model `m` does not exist in this house"
NO_KEY = "Incorrect API key provided for this house"
PAGE = b"<html><body><h1>Welcome to the router</h1></body></html>"


def wrong_model(_number, _text):
    return Reply(status=404, body={"error": {"message": NO_MODEL}})


def no_logprobs(_number, _text):
    return Reply(body=chat_reply(["refund"], top=None))


def refuses_from(number):
    """A server whose key runs out."""
    return lambda asked, _text: (
        Reply(status=401, body={"error": {"message": NO_KEY}}) if asked >= number else None
    )


def html(_number, _text):
    return Reply(body=PAGE, headers={"Content-Type": "text/html"})


def outputs(folder):
    summary = json.loads((folder / "out" / "summary.json").read_text())
    return summary, (folder / "out" / "report.html").read_text()


def lede_and_methods(report):
    return re.search('<p class="lede">(.*?)</p>', report, re.DOTALL)[1], report.partition('id="methods"')[2]


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (wrong_model, NO_MODEL.replace("`", "")),
        (no_logprobs, "no label probabilities"),
        (refuses_from(8), NO_KEY),
        (html, "sent a web page instead of an answer"),
    ],
    ids=["wrong model", "no log-probabilities", "401 half-way", "HTML to everything"],
)
def test_a_dead_llm_is_named_in_every_output_with_the_servers_words(shop, mollia, broken, words):
    folder = shop(a=Server(), b=Server(), qwen=Server(broken))
    said = mollia(folder, "run", "task.toml", "-q")
    assert said.returncode == 3
    assert "30/30 rows labelled (incomplete)" in said.stdout
    assert "LLMs on the panel: 2 of 3" in said.stdout
    assert "predict" not in said.stdout
    summary, report = outputs(folder)
    lede, methods = lede_and_methods(report)
    assert "Incomplete result." in report
    assert (summary["status"], summary["exit_code"]) == ("incomplete", 3)
    assert summary["problems"].keys() == {"qwen"}
    assert [each["llm"] for each in summary["llms"] if each["failed"]] == ["qwen"]
    ledger = mollia(folder, "ledger", "out").stdout
    for output in (said.stdout, lede, methods, json.dumps(summary["lacking"]), ledger):
        assert "qwen" in output
        assert words in output.replace("`", "").replace("&#39;", "'"), output
    again = mollia(folder, "report", "task.toml", "-q")
    assert (again.returncode, "2 of 3" in again.stdout) == (3, True)
    assert outputs(folder)[0]["status"] == "incomplete"


def test_an_llm_that_dies_half_way_is_missing_where_it_is_missing(shop, mollia):
    folder = shop(a=Server(), b=Server(), qwen=Server(refuses_from(8)))
    mollia(folder, "run", "task.toml", "-q")
    summary, _ = outputs(folder)
    assert summary["accuracy_measured"]["value"] == 1.0
    qwen = next(each for each in summary["llms"] if each["llm"] == "qwen")
    assert 5 <= qwen["usable"] < 20
    assert qwen["asked"] <= qwen["usable"] + 8, "what was never asked is no failure"


def test_when_the_server_is_mended_the_run_becomes_complete_and_asks_what_lacks(shop, mollia):
    qwen = Server(refuses_from(8))
    folder = shop(a=Server(), qwen=qwen)
    assert mollia(folder, "run", "task.toml", "-q").returncode == 3
    answered = next(e["usable"] for e in outputs(folder)[0]["llms"] if e["llm"] == "qwen")
    qwen.broken = lambda _number, _text: None
    qwen.asked.clear()
    said = mollia(folder, "run", "task.toml", "-q")
    assert said.returncode == 0, said.stdout
    assert len(qwen.asked) == 30 - answered
    assert "LLMs on the panel: 2\n" in said.stdout.replace(";", "\n")
    summary, report = outputs(folder)
    assert (summary["status"], summary["lacking"], summary["problems"]) == ("complete", [], {})
    assert "banner" not in report.partition("<header>")[2]
    assert "failures" not in mollia(folder, "ledger", "out").stdout.replace("0 failures", "")


def test_a_lone_llm_that_dies_half_way_leaves_outputs_that_say_so(shop, mollia):
    folder = shop(60, qwen=Server(refuses_from(8)), seed=4)
    said = mollia(folder, "run", "task.toml", "-q")
    assert said.returncode == 3
    for _ in range(2):
        summary, report = outputs(folder)
        assert summary["status"] == "incomplete"
        assert "have the label of a student that learned from" in json.dumps(summary["lacking"])
        assert "The panel was not asked about" in report
        assert NO_KEY in report
        assert mollia(folder, "report", "task.toml", "-q").returncode == 3


@pytest.mark.parametrize("command", ["annotate", "run"])
def test_a_lone_dead_llm_ends_the_command_with_the_servers_words(shop, mollia, command):
    folder = shop(qwen=Server(wrong_model))
    said = mollia(folder, command, "task.toml", "-q")
    assert said.returncode == 3
    assert NO_MODEL in said.stderr
    assert "Next" not in said.stdout
    assert NO_MODEL in mollia(folder, "ledger", "out").stdout
    said = mollia(folder, "report", "task.toml", "-q")
    assert said.returncode == 3
    assert "complete:" not in said.stdout
    assert outputs(folder)[0]["status"] == "incomplete"


def test_html_to_everything_is_not_complete_and_no_row_without_label_is_scored(shop, mollia):
    folder = shop(seed=3, qwen=Server(html))
    said = mollia(folder, "run", "task.toml", "-q")
    assert said.returncode == 3
    if (folder / "out" / "summary.json").exists():
        summary, _ = outputs(folder)
        assert summary["status"] == "incomplete"
        assert summary["labelled"] == 3
        assert summary["rows_scored_against_gold"] == 0
    assert "sent a web page instead of an answer" in said.stdout + said.stderr


def test_annotate_says_how_many_llms_work_and_offers_no_run(shop, mollia):
    folder = shop(a=Server(), qwen=Server(wrong_model))
    said = mollia(folder, "annotate", "task.toml", "-q")
    assert said.returncode == 3
    assert "1 of 2 LLMs gave usable answers" in said.stdout
    assert NO_MODEL in said.stdout
    assert "Next: " not in said.stdout
    assert "doctor task.toml" in said.stdout


def test_one_failed_row_never_decides_for_the_run(shop, mollia):
    def filtered(_number, text):
        return (
            Reply(status=413, body={"error": {"message": "too large"}})
            if text.endswith("number 7\nClass:")
            else None
        )

    folder = shop(60, qwen=Server(filtered), seed=0)
    said = mollia(folder, "run", "task.toml", "-q")
    assert said.returncode == 0, said.stdout
    assert "59/60 rows labelled: " in said.stdout
    summary, _ = outputs(folder)
    assert (summary["status"], summary["labelled"]) == ("complete", 59)
    assert any("1 of 60 rows have no label" in each and "7" in each for each in summary["warnings"])


def test_a_run_cut_by_its_budget_is_partial_in_every_output(shop, mollia):
    folder = shop(60, qwen=Server(), budget="[budget]\ncalls = 12\n")
    said = mollia(folder, "run", "task.toml", "-q")
    assert said.returncode == 5
    assert "rows labelled (partial)" in said.stdout
    assert "The budget of 12 calls is used up" in said.stdout
    summary, report = outputs(folder)
    assert (summary["status"], summary["exit_code"]) == ("partial", 5)
    assert "Partial result." in report
    assert mollia(folder, "report", "task.toml", "-q").returncode == 5


def test_a_spent_quota_is_partial_and_stays_so_in_a_report(shop, mollia):
    def spent(number, _text):
        if number < 8:
            return None
        return Reply(
            status=429, headers={"Retry-After": "86400"}, body={"error": {"message": "until tomorrow"}}
        )

    folder = shop(a=Server(), qwen=Server(spent))
    for command in ("run", "report"):
        assert mollia(folder, command, "task.toml", "-q").returncode == 5
        summary, _ = outputs(folder)
        assert summary["status"] == "partial"
        assert "until tomorrow" in summary["partial"]
        assert not any(each["failed"] for each in summary["llms"])


def panel_file(folder, n=300, third="billing"):
    """Answers of three LLMs; in some rows two of them name a class that is not on the list."""
    lines = ["id,text,a,b,c"]
    for i in range(n):
        word = "refund" if i % 2 else "delivery"
        own = third if i % 5 < 2 else word
        lines.append(f"{i},{word} {i},{own},{own},{word}")
    (folder / "answers.csv").write_text("\n".join(lines))


def test_a_forgotten_class_is_told_before_the_fuse_and_ends_with_4_case_o24(tmp_path, mollia):
    panel_file(tmp_path)
    words = ["fuse", "answers.csv", "--labels", "refund,delivery", "--out", "labels.csv"]
    said = mollia(tmp_path, *words)
    assert said.returncode == 4
    assert "“billing” 240 x (a, b)" in said.stderr
    top = said.stdout.splitlines()[:2]
    assert "(incomplete)" in top[0]
    assert "240 of 900 answers name none of the classes; is one missing?" in top[1]
    assert (
        "120 rows were labelled although as many LLMs or more name none of the classes as give that label"
        in said.stdout
    )
    allowed = mollia(tmp_path, *words, "--allow-unnamed")
    assert allowed.returncode == 0
    assert "name none of the classes" in allowed.stdout
    whole = mollia(
        tmp_path, "fuse", "answers.csv", "--labels", "refund,delivery,billing", "--out", "labels.csv"
    )
    assert (whole.returncode, "name none" in whole.stdout + whole.stderr) == (0, False)


def test_names_written_short_are_told_with_their_counts_and_end_with_4(tmp_path, mollia):
    words = ["Health", "Health care", "Schools & teachers"]
    lines = [f"{i},visit {i},{words[i % 3]},Health care" for i in range(42)]
    (tmp_path / "answers.csv").write_text("\n".join(["id,text,a,b", *lines]))
    said = mollia(
        tmp_path, "fuse", "answers.csv", "--labels", "Health care,Schools & teachers", "--out", "labels.csv"
    )
    assert said.returncode == 4
    assert "14 of 84 answers name none of the classes" in said.stdout
    assert "“Health” 14 x (a)" in said.stdout


RECORDED = """name = "shop"
instruction = "What is it about?"
[data]
path = "answers.csv"
[[classes]]
name = "refund"
[[classes]]
name = "delivery"
{}
[query]
rounds = 0
[run]
out = "out"
"""


@pytest.mark.parametrize("command", ["run", "annotate"])
def test_a_run_tells_what_it_set_aside_before_it_fuses_and_once(tmp_path, mollia, command):
    panel_file(tmp_path)
    lines = (tmp_path / "answers.csv").read_text().splitlines()
    lines[0] += ",,"
    (tmp_path / "answers.csv").write_text(
        "\n".join([lines[0], *(f"{each},," for each in lines[1:]), ",,,,,,"])
    )
    member = '[[panel]]\nname = "{}"\nkind = "recorded"\npath = "answers.csv"\n'
    (tmp_path / "task.toml").write_text(RECORDED.format("".join(map(member.format, "abc"))))
    said = mollia(tmp_path, command, "task.toml")
    assert said.returncode == 4
    told = said.stderr
    for sentence in ("left out 2 columns without a name", "skipped 1 blank row", "“billing” 240 x (a, b)"):
        assert told.count(sentence) == 1, told
    if command == "run":
        steps = []
        run(tmp_path / "task.toml", progress=lambda *step: steps.append(step[0]), say=steps.append)
        first = next(at for at, step in enumerate(steps) if "“billing”" in step)
        assert first < steps.index("fusing the answers")
        with (tmp_path / "out" / "labels.csv").open() as file:
            rows = list(csv.DictReader(file))
        by_label = {row["disagreement"] for row in rows if row["a"] == "billing"}
        assert by_label == {
            str(round(2 / 3, 6))
        }  # the two that name another class, beside the one that gave the label


@pytest.mark.parametrize("silent", ["", "I cannot say"])
def test_an_llm_without_a_usable_answer_in_a_file_is_named_case_o38(tmp_path, mollia, silent):
    panel_file(tmp_path, third="refund")
    lines = (tmp_path / "answers.csv").read_text().splitlines()
    (tmp_path / "answers.csv").write_text(
        "\n".join([lines[0] + ",mute", *(f"{each},{silent}" for each in lines[1:])])
    )
    said = mollia(
        tmp_path,
        "fuse",
        "answers.csv",
        "--labels",
        "refund,delivery",
        "--llms",
        "a,b,c,mute",
        "--out",
        "labels.csv",
    )
    assert said.returncode == 3
    assert "LLMs: 3 of 4" in said.stdout
    assert "mute gave no usable answer" in said.stdout

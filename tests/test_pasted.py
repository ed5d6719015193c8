"""Every command that mollia prints is pasted into a real shell, and works there.

Files lie in folders with blanks, quotes, accents and a leading dash; a file of answers has other columns, another
encoding and another delimiter than mollia's own. A new call of `command` needs a test here: see PRINTED.
"""

import ast
import csv
import html
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
import time
import tomllib
from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import metadata
from itertools import chain
from pathlib import Path

import httpx2
import pytest
from typer.main import get_command

import mollia
from mollia.cli import stopped
from mollia.cli.main import app
from mollia.invocation import NAME, pip_install
from mollia_benchmarks.loopback import LoopbackServer, Reply, chat_reply

SOURCE = Path(mollia.__file__).parent
# Where a command is printed -> the test that pastes it.
PRINTED = {
    ("asking/advise_from.py", "annotate"): "test_advice",
    ("asking/advise_from.py", "serve"): "test_advice",
    ("cli/adapt.py", "annotate"): "test_new_data",
    ("cli/adapt.py", "run"): "test_new_data",
    ("cli/adapt.py", "serve"): "test_new_data",
    ("cli/annotate.py", "annotate"): "test_a_panel_asked_in_part",
    ("cli/annotate.py", "doctor"): "test_a_live_panel",
    ("cli/annotate.py", "run"): "test_a_live_panel",
    ("cli/closing.py", "doctor"): "test_a_live_panel",
    ("cli/closing.py", "predict"): "test_a_run",
    ("cli/closing.py", "run"): "test_a_live_panel",
    ("cli/closing.py", "serve"): "test_a_run",
    ("cli/demo.py", "fuse"): "test_the_demo",
    ("cli/doctor.py", "plan"): "test_a_run",
    ("cli/fuse.py", "predict"): "test_a_student_of_fused_answers",
    ("cli/import_.py", "run"): "test_import",
    ("cli/init.py", "doctor"): "test_init",
    ("cli/init.py", "init"): "test_init",
    ("cli/init.py", "run"): "test_init",
    ("cli/init.py", "serve"): "test_init",
    ("cli/plan.py", "run"): "test_a_run",
    ("cli/prompts.py", "prompts"): "test_wordings",
    ("cli/prompts.py", "run"): "test_wordings",
    ("cli/seed.py", "fuse"): "test_a_seed_of_a_file_of_answers",
    ("usecases/found_answers.py", "fuse"): "test_init",
    ("cli/seed.py", "run"): "test_a_seed_of_a_task",
    ("loop/labels.py", "run"): "test_students_that_would_take_long",
    ("report/data_set.py", "run"): "test_export",
    ("task/load.py", "init"): "test_init",
    ("usecases/export_rows.py", "run"): "test_export",
    ("usecases/export_student.py", "run"): "test_export",
    ("usecases/make_seed.py", "annotate"): "test_a_live_panel",
    ("web/opening.py", "seed"): "test_the_pages",
    ("web/templates/dashboard_now.html", "run"): "test_the_pages",
    ("web/templates/review_work.html", "run"): "test_the_pages",
    ("web/templates/review_work.html", "serve"): "test_the_pages",
    ("web/templates/seed_work.html", "run"): "test_the_pages",
}
COMMANDS = get_command(app).commands
# Options of other programs, and one of `mollia bench`, which is a distribution of its own.
FOREIGN = {"--max-logprobs", "--swa-full", "--exclusive", "--head", "--upgrade", "--learn", "--local-dir"}
FOLDER = """-l'œuvre "à" $HOME"""
CLASSES = ("Remboursement", "Livraison, colis", "Autre")
LABELS = 'Remboursement,"Livraison, colis",Autre'
TASK = """
name = "œuvre"
instruction = "De quoi parle ce message ?"
[data]
path = "messages d'été.csv"
text = "Texte"
id = "Nr"
encoding = "cp1252"
delimiter = ";"
[[classes]]
name = "Remboursement"
[[classes]]
name = "Livraison, colis"
[[classes]]
name = "Autre"
{panel}
[query]
rounds = 2
batch = 10
"""
RECORDED = '[[panel]]\nname = "{0}"\nkind = "recorded"\npath = "messages d\'été.csv"\n'
LIVE = '[[panel]]\nname = "gemma"\nkind = "openai"\nmodel = "m"\nurl = "{0}"\n'
SOME = re.compile(rf"(?<![\w`/.-]){NAME} (?:{'|'.join(sorted([*COMMANDS, 'bench'], key=len))}) .*")


@pytest.fixture
def here(tmp_path):
    """Where the person stands; files lie in FOLDER, below it."""
    made = tmp_path / "mon bureau d'été"
    folder = made / FOLDER
    folder.mkdir(parents=True)
    write_answers(folder / "messages d'été.csv")
    write_task(folder, panel="".join(map(RECORDED.format, ("gemma", "llama", "phi"))))
    return made


def write_answers(path, n=60):
    said = {name: [f"rendez moi l'argent n° {i}" if k == 0 else f"où est le colis {i}" if k == 1 else f"merci bien {i}"
                   for i in range(n)] for k, name in enumerate(CLASSES)}  # fmt: skip
    with path.open("w", newline="", encoding="cp1252") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(["Nr", "Texte", "gemma", "llama", "phi"])
        for i in range(n):
            right, wrong = CLASSES[i % 3], CLASSES[(i + 1) % 3]
            row = [right if i % 7 else wrong, right if i % 5 else wrong, right if i % 4 else wrong]
            writer.writerow([f"n°{i}", said[right][i], *row])


def write_task(folder, panel, more=""):
    (folder / "task.toml").write_text(TASK.format(panel=panel) + more, "utf-8")


def write_seed(folder, n=18):
    with (folder / "semences à moi.csv").open("w", newline="", encoding="cp1252") as file:
        csv.writer(file, delimiter=";").writerows(
            [["id", "label"], *([f"n°{i}", CLASSES[i % 3]] for i in range(n))]
        )
    return '[seed]\npath = "semences à moi.csv"\n'


def seeded(here):
    """Give the task human labels."""
    task = here / FOLDER / "task.toml"
    task.write_text(task.read_text("utf-8") + write_seed(here / FOLDER), "utf-8")


def fill(path, delimiter=";"):
    """Label every row of a seed file as its own gold says."""
    with path.open(encoding="cp1252", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=delimiter))
    for row in rows:
        row["label"] = CLASSES[int(row["id"].removeprefix("n°")) % 3]
    with path.open("w", encoding="cp1252", newline="") as file:
        writer = csv.DictWriter(file, rows[0], delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)


def shell(line, folder):
    """Paste a line into a shell that stands in `folder`."""
    return subprocess.run(
        ["/bin/sh", "-c", line], cwd=folder, capture_output=True, text=True, check=False, env=environment()
    )


def environment():
    scripts = Path(sys.executable).parent
    return os.environ | {
        "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(SOURCE.parent),
        "BROWSER": "true",
    }


def mollia_says(here, *words, code=0):
    done = shell(f"{NAME} {' '.join(map(shlex.quote, words))}", here)
    said = done.stdout + done.stderr
    assert done.returncode == code, said
    return said


def commands_in(said):
    return [each.strip() for each in SOME.findall(said)]


def one_command(said, name):
    """The command of that name that was printed."""
    (line,) = [each for each in commands_in(said) if each.split()[1] == name]
    return line


def paste(line, here, code=0):
    done = shell(line, here)
    assert done.returncode == code, f"{line}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


TASK_FILE = f"./{FOLDER}/task.toml"


# --- what the source prints


def printed():
    """Where the source prints a command: file and name."""
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "command":
                # The person's own words: test_what_is_said_after_ctrl_c.
                if ast.unparse(node) == "command(*words)" and path.stem == "stopped":
                    continue
                yield path.relative_to(SOURCE).as_posix(), node
    for path in SOURCE.rglob("*.html"):
        for call in re.findall(r"\{\{ (command\(.*?\)) \}\}", path.read_text("utf-8")):
            yield path.relative_to(SOURCE).as_posix(), ast.parse(call).body[0].value


def texts_of(tree):
    """The literals of a module that are no docstrings."""
    told = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and isinstance(node.body[0], ast.Expr)
    }
    told |= {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told
    ]


def test_every_command_that_the_source_prints_is_pasted_below():
    found = {(file, call.args[0].value) for file, call in printed()}
    assert found == set(PRINTED)
    assert set(PRINTED.values()) <= set(globals())


def test_a_printed_command_has_its_options_and_names_no_file_that_is_made_up():
    for file, call in printed():
        name = call.args[0].value
        words = [each.value for each in call.args[1:] if isinstance(each, ast.Constant)]
        own = {option for each in COMMANDS[name].params for option in each.opts}
        for word in words:
            assert word in own if word.startswith("--") else "." not in word, (file, name, word)


def test_a_command_ends_its_sentence_so_that_all_to_the_end_of_the_line_can_be_pasted():
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.JoinedStr):
                for place, part in enumerate(node.values):
                    if isinstance(part, ast.FormattedValue) and isinstance(part.value, ast.Call):
                        named = getattr(part.value.func, "id", "") == "command"
                        assert not named or place == len(node.values) - 1, (path, ast.unparse(node))


def test_no_message_holds_a_command_that_was_typed_by_hand():
    typed = re.compile(rf"(?<!/){NAME} (?:{'|'.join(COMMANDS)})(?: -| \S+\.\w+| \S+/)")
    for path in SOURCE.rglob("*.py"):
        for text in texts_of(ast.parse(path.read_text("utf-8"))):
            assert not typed.search(text), (path, text)


def test_every_option_that_a_message_names_exists():
    known = {
        name: {option for each in found.params for option in each.opts} for name, found in COMMANDS.items()
    }
    for path in SOURCE.rglob("*.py"):
        name = path.stem.rstrip("_")
        if name == "bench":  # of another package
            continue
        told = {called for file, called in PRINTED if file == f"cli/{path.name}"}
        own = {name, *told} if path.parent.name == "cli" and name in known else known
        options = {option for each in own for option in known[each]}
        for text in texts_of(ast.parse(path.read_text("utf-8"))):
            for option in re.findall(r"(?<![\w-])--[a-z][a-z-]*", text):
                assert option in options | FOREIGN | {"--help", "--version"}, (path, option)


def test_who_may_be_told_of_an_encoding_or_a_delimiter_can_give_one():
    readers = {"fuse", "panel", "seed", "compare", "export", "predict", "init"}
    for name in readers:
        own = {option for each in COMMANDS[name].params for option in each.opts}
        assert {"--encoding", "--delimiter"} <= own, name


def test_the_line_that_installs_an_extra_names_one_there_is():
    extras = metadata(NAME).get_all("Provides-Extra")
    named = set()
    for path in SOURCE.rglob("*.py"):
        named.update(re.findall(r'\bextra="(\w+)",\s*purpose|mollia\[(\w+)\]', path.read_text("utf-8")))
    assert {"torch", "onnx"} < {"".join(pair) for pair in named} <= set(extras)
    python = pip_install("mollia[onnx]").partition(" -m pip")[0]
    assert "pip" in paste(f"{python} -m pip --version", Path.cwd())


# --- what real runs print


def test_init(here):
    task = here / FOLDER / "task.toml"
    task.unlink()
    hint = mollia_says(here, "run", TASK_FILE, code=2)
    paste(one_command(hint, "init"), here)
    assert task.is_file()
    task.unlink()
    data = f"./{FOLDER}/messages d'été.csv"
    there = [
        "--encoding",
        "cp1252",
        "--delimiter",
        ";",
        "--classes",
        LABELS.replace('"Livraison, colis"', "Livraison"),
    ]
    said = mollia_says(here, "init", f"./{FOLDER}", "--data", data, *there)
    assert "60/60 rows labelled" in paste(one_command(said, "fuse"), here)
    assert "60/60 rows labelled" in paste(one_command(said, "run"), here)
    task.unlink()
    said = mollia_says(here, "init", f"./{FOLDER}", "--data", data, *there, "--panel", "none")
    assert "NOT READY" in paste(
        one_command(said, "doctor"), here, code=3
    )  # its example's server is not there
    assert "nobody answers" in paste(one_command(said, "run"), here, code=3)
    with served(one_command(said, "serve"), here) as url:
        assert url.startswith("http://127.0.0.1")
    mollia_says(
        here, "init", f"./{FOLDER}", "--data", data, *there, "--panel", "none", "--all-keys", "--force"
    )
    first = task.read_text("utf-8").splitlines()[0]
    lines = re.findall(rf"{NAME} \w+ task\.toml", first)
    assert len(lines) == 3
    assert "NOT READY" in paste(lines[0], task.parent, code=3)
    hint = mollia_says(here, "init", data, code=2)
    utf_8 = here / FOLDER / "messages d'été.csv"
    utf_8.write_text(utf_8.read_text("cp1252"), "utf-8")
    paste(one_command(hint, "init"), here)
    assert (here / "task.toml").is_file()


def test_a_run(here):
    seeded(here)
    plan = one_command(mollia_says(here, "doctor", TASK_FILE), "plan")
    run = one_command(paste(plan, here), "run")
    said = paste(run, here)
    page = re.search(r"See the report: +(.*)", said)[1]
    assert (here / shlex.split(page)[-1]).is_file()
    assert "60 texts labelled" in paste(one_command(said, "predict"), here)
    assert (here / FOLDER / "task_out" / "predictions.csv").is_file()
    with served(one_command(said, "serve"), here) as url:
        assert httpx2.get(url, follow_redirects=True).status_code == 200
    assert "answers" in mollia_says(here, "ledger", TASK_FILE, "--export", f"./{FOLDER}/tout.csv")
    assert (here / FOLDER / "tout.csv").read_text("utf-8").startswith("key,")


def test_the_settings_in_the_report(here):
    seeded(here)
    mollia_says(here, "run", TASK_FILE, "--quiet")
    out = here / FOLDER / "task_out"
    before = (out / "labels.csv").read_bytes()
    (out / "labels.csv").unlink()
    report = (out / "report.html").read_text("utf-8")
    save, run = re.search(
        r"Save this as <code>(\S+)</code> beside this report, and there: <code>(.*?)</code>", report
    ).groups()
    settings = html.unescape(re.search(r'<pre class="settings">(.*?)</pre>', report, re.DOTALL)[1])
    (out / save).write_text(settings, "utf-8")
    assert str(here) not in settings
    paste(html.unescape(run), out)
    assert (out / "labels.csv").read_bytes() == before


def test_without_human_labels_the_page_is_named(here):
    said = mollia_says(here, "run", TASK_FILE, "--quiet")
    with served(one_command(said, "serve"), here) as url:
        assert httpx2.get(url, follow_redirects=True).status_code == 200


def test_a_seed_of_a_file_of_answers(here):
    answers, seed = f"./{FOLDER}/messages d'été.csv", f"./{FOLDER}/semences.csv"
    words = ["--labels", LABELS, "--id", "Nr", "--text", "Texte", "--llms", "gemma,phi"]
    words += ["--encoding", "cp1252", "--delimiter", ";", "--strategy", "random", "--n", "12", "--out", seed]
    mollia_says(here, "seed", answers, *words)
    fill(here / seed)
    said = mollia_says(here, "seed", answers, *words)
    assert "12 of 12 rows labelled" in said
    told = paste(one_command(said, "fuse"), here)
    assert "Human labels used: 12; LLMs: gemma, phi" in told


def test_a_student_of_fused_answers(here):
    answers, student = f"./{FOLDER}/messages d'été.csv", f"./{FOLDER}/petit modèle"
    words = [
        "--labels",
        LABELS,
        "--id",
        "Nr",
        "--text",
        "Texte",
        "--llms",
        "gemma,phi",
        "--encoding",
        "cp1252",
    ]
    words += ["--delimiter", ";", "--student", student, "--out", f"./{FOLDER}/étiquettes.csv"]
    said = mollia_says(here, "fuse", answers, *words)
    assert "60 texts labelled" in paste(one_command(said, "predict"), here)
    report = (here / FOLDER / "étiquettes.report.html").read_text("utf-8")
    again = html.unescape(re.search(r"<pre>(mollia fuse .*?)</pre>", report)[1])
    before = (here / FOLDER / "étiquettes.csv").read_bytes()
    (here / FOLDER / "étiquettes.csv").unlink()
    paste(again, here / FOLDER)
    assert (here / FOLDER / "étiquettes.csv").read_bytes() == before


def test_advice(here):
    said = mollia_says(here, "advise", TASK_FILE, code=2)
    with served(one_command(said, "serve"), here) as url:
        assert httpx2.get(url, follow_redirects=True).status_code == 200
    with LoopbackServer(answer) as server:
        write_task(here / FOLDER, LIVE.format(server.url))
        said = mollia_says(here, "advise", TASK_FILE, code=2)
        assert "60 answers came in" in paste(one_command(said, "annotate"), here)


def test_new_data(here):
    seeded(here)
    new, out = f"./{FOLDER}/nouveaux messages.csv", f"./{FOLDER}/adapté"
    write_answers(here / new, 70)
    words = "adapt", TASK_FILE, "--to", new, "--out", out
    with served(one_command(mollia_says(here, *words), "serve"), here) as url:
        assert httpx2.get(url, follow_redirects=True).status_code == 200
    fill(here / out / "seed.csv", ",")
    assert "70/70 rows labelled" in paste(one_command(mollia_says(here, *words), "run"), here)
    with LoopbackServer(answer) as server:
        write_task(here / FOLDER, LIVE.format(server.url), write_seed(here / FOLDER))
        mollia_says(here, "annotate", TASK_FILE)
        said = mollia_says(here, "adapt", TASK_FILE, "--to", new, "--out", f"./{FOLDER}/encore")
        assert "70 answers came in" in paste(one_command(said, "annotate"), here)


def test_wordings(here):
    broken = threading.Event()

    def some(request):
        told = answer(request)
        if broken.is_set() and "n° 6" in str(request.body):
            return Reply(status=400, body={"error": {"message": "not this one"}})
        return told

    with LoopbackServer(some) as server:
        write_task(here / FOLDER, LIVE.format(server.url), write_seed(here / FOLDER, 24))
        words = "prompts", TASK_FILE, "--variants", "0,1", "--examples", "0"
        broken.set()
        mollia_says(here, *words, code=5)
        done = json.loads(mollia_says(here, *words, "--json", "--quiet", code=5).splitlines()[-1])
        broken.clear()
        said = paste(done["next"][0]["command"], here)
        assert "60/60 rows labelled" in paste(one_command(said, "run"), here)


def test_a_seed_of_a_task(here):
    elsewhere = f"./{FOLDER}/à étiqueter/semences.csv"
    (here / elsewhere).parent.mkdir()
    words = ["--strategy", "random", "--n", "12", "--out", elsewhere, "--delimiter", ";"]
    mollia_says(here, "seed", TASK_FILE, *words)
    fill(here / elsewhere)
    said = mollia_says(here, "seed", TASK_FILE, *words)
    do = re.search(r"Next: write (path = .*) under \[seed\] in (.*), then: (.*)", said)
    file = here / do[2]
    file.write_text(file.read_text("utf-8") + f"[seed]\n{do[1]}\n", "utf-8")
    assert tomllib.loads(file.read_text("utf-8"))["seed"]["path"] == "à étiqueter/semences.csv"
    assert "Human labels used: 12" in paste(do[3], here)
    assert "write path" not in mollia_says(here, "seed", TASK_FILE, *words)


def test_a_live_panel(here):
    with LoopbackServer(answer) as server:
        write_task(here / FOLDER, LIVE.format(server.url))
        hint = mollia_says(here, "seed", TASK_FILE, "--strategy", "weighted_kmeans", code=2)
        run = one_command(paste(one_command(hint, "annotate"), here), "run")
        assert "60/60 rows labelled" in paste(run, here)
        write_task(here / FOLDER, LIVE.format(server.url), "[budget]\ncalls = 5\n[run]\nout = 'à part'\n")
        said = mollia_says(here, "run", TASK_FILE, "--quiet", code=5)
        assert "partial" in paste(one_command(said, "run"), here, code=5)
        dead = LIVE.format(server.url.replace("/v1", "/nowhere")).replace("gemma", "phi")
        write_task(here / FOLDER, RECORDED.format("gemma") + dead, "[run]\nout = 'nulle part'\n")
        for asked in ("annotate", "run"):
            done = shell(f"{NAME} {asked} {shlex.quote(TASK_FILE)}", here)
            assert done.returncode != 0
            assert "NOT READY" in paste(one_command(done.stdout, "doctor"), here, code=3)


def test_what_is_said_after_ctrl_c(here):
    fast = threading.Event()

    def slow(request):
        return replace(answer(request), delay=0.0 if fast.is_set() else 0.3)

    with LoopbackServer(slow) as server:
        write_task(here / FOLDER, LIVE.format(server.url))
        line = f"exec {NAME} run {shlex.quote(TASK_FILE)} --quiet"
        with subprocess.Popen(
            ["/bin/sh", "-c", line], cwd=here, stdout=-1, stderr=-1, text=True, env=environment()
        ) as process:
            while len(server.posts) < 12:
                assert process.poll() is None, process.communicate()
                time.sleep(0.05)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=60)
        assert process.returncode == 130
        assert "Traceback" not in out + err
        kept = int(
            re.search(
                r"Stopped\. (\d+)(?: of \d+)? answers are kept in (.*); the same command goes on\.\n",
                out + err,
            )[1]
        )
        fast.set()
        before = len(server.posts)
        assert 0 < kept <= before
        paste(one_command(out + err, "run"), here)
        assert len(server.posts) - before <= 60 - kept, "what was kept is not asked again"
    folder = here / FOLDER
    said = stopped.lines(["predict", str(folder / "task_out" / "student"), str(folder / "messages d'été.csv"),
        "--text", "Texte", "--encoding", "cp1252", "--delimiter", ";", "--out", "tout.csv"])  # fmt: skip
    paste(said[1].removeprefix("To start over: "), here)
    assert (here / "tout.csv").is_file()


def test_a_panel_asked_in_part(here):
    with LoopbackServer(answer) as server:
        write_task(here / FOLDER, LIVE.format(server.url), "[budget]\ncalls = 30\n")
        done = shell(f"{NAME} annotate {shlex.quote(TASK_FILE)} --json", here)
        said = json.loads(done.stdout)
        assert said["result"]["status"] == "partial", done.stdout
        (line,) = (each["command"] for each in said["next"])
        write_task(here / FOLDER, LIVE.format(server.url))
        assert "30 answers came in, 30 were in the ledger" in paste(line, here)


def test_students_that_would_take_long(here):
    seeded(here)
    task = here / FOLDER / "task.toml"
    task.write_text(task.read_text("utf-8") + '[fuse]\ntext_view = "frozen"\n', "utf-8")
    said = mollia_says(here, "run", TASK_FILE)
    line = next(each for each in commands_in(said) if each.endswith("--text-view tfidf"))
    assert "Human labels used: 18" in paste(line, here)


def test_import(here):
    export = here / FOLDER / "prodigy.jsonl"
    line = '{{"text": "{}", "label": "Autre", "answer": "accept"}}\n'
    export.write_text("".join(line.format(f"merci bien {i}") for i in (2, 5, 8, 11)), "utf-8")
    said = mollia_says(here, "import", "prodigy", f"./{FOLDER}/prodigy.jsonl", "--task", TASK_FILE)
    assert "Human labels used: 4" in paste(one_command(said, "run"), here)


def test_export(here):
    where = f"./{FOLDER}/à faire.json"
    hint = mollia_says(here, "export", "labelstudio", TASK_FILE, "--out", where, "--rows", "5", code=2)
    other = mollia_says(here, "export", "hub", TASK_FILE, "--out", f"./{FOLDER}/jeu", code=2)
    assert one_command(other, "run") == one_command(hint, "run")
    paste(one_command(hint, "run"), here)
    assert "5 rows written" in mollia_says(
        here, "export", "labelstudio", TASK_FILE, "--out", where, "--rows", "5"
    )
    data = here / FOLDER / "messages d'été.csv"
    data.write_bytes(data.read_bytes().rpartition("n°59".encode("cp1252"))[0])
    hint = mollia_says(here, "export", "hub", TASK_FILE, "--out", f"./{FOLDER}/jeu", code=2)
    paste(one_command(hint, "run"), here)


def test_the_demo(here):
    said = mollia_says(here, "demo", "--out", f"./{FOLDER}/démo", "--quiet")
    assert "rows labelled" in paste(one_command(said, "fuse"), here)
    assert "926 texts labelled" in paste(one_command(said, "predict"), here)


def test_the_pages(here):
    hint = mollia_says(here, "serve", TASK_FILE, "--strategy", "weighted_kmeans", "--no-browser", code=2)
    assert "rows added" in paste(one_command(hint, "seed"), here)
    (here / FOLDER / "seed.csv").unlink()
    lines = {}
    with (
        served(f"{NAME} serve {shlex.quote(TASK_FILE)}", here) as url,
        httpx2.Client(follow_redirects=True) as client,
    ):
        page = client.get(url)
        client.headers |= {"X-Mollia-Key": page.text.split('"X-Mollia-Key": "')[1].split('"')[0]}
        client.headers |= {"Origin": url.partition("/?")[0]}
        origin = url.partition("/?")[0]
        client.post(f"{origin}/name", data={"name": "Zoé"})
        lines["/dashboard"] = client.get(f"{origin}/dashboard").text
        for path, target in (("/", "/label"), ("/review?queue=audit", "/review")):
            while row := re.search(r'name="row" value="(\d+)"', page := client.get(origin + path).text):
                form = {"row": row[1], "queue": "audit", "y": str(int(row[1]) % 3)}
                client.post(origin + target, data=form).raise_for_status()
            lines[path] = page
        settled = client.get(f"{origin}/review?queue=conflicts").text
    again = html.unescape(
        next(each for each in re.findall(r"<code>(.*?)</code>", settled) if "serve" in each)
    )
    assert again.endswith("--overlap 20")
    with served(again, here) as url:
        assert httpx2.get(url, follow_redirects=True).status_code == httpx2.codes.OK
    said = {path: re.findall(r"<code>(.*?)</code>", text) for path, text in lines.items()}
    (line,) = {html.unescape(each) for each in chain(*said.values())}
    assert all(said.values())
    assert "Human labels used: 50" in paste(line, here)
    hint = mollia_says(here, "serve", TASK_FILE, "--strategy", "random", "--no-browser", code=2)
    paste(one_command(hint, "seed"), here)


# --- helpers of the above


def answer(request):
    """A server that knows the classes."""
    if request.path.startswith("/nowhere"):
        return Reply(status=404)
    if request.path == "/v1/models":
        return Reply(body={"data": [{"id": "m", "owned_by": "vllm", "max_model_len": 2048}]})
    top = dict(zip(CLASSES, (0.6, 0.2, 0.1), strict=True))
    return Reply(body=chat_reply([CLASSES[0]], top=top, prompt_tokens=50))


@contextmanager
def served(line, here):
    """Run a printed `mollia serve`, on a free port, until the end of the block; gives the address it prints."""
    with subprocess.Popen(
        ["/bin/sh", "-c", f"exec {line} --port 0 --no-browser"],
        cwd=here,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment(),
    ) as process:
        try:
            first = process.stdout.readline()
            assert first.startswith("Open http://127.0.0.1"), first
            yield first.split()[1]
        finally:
            process.send_signal(signal.SIGINT)
            assert process.wait(60) == 0

"""A stranger's package adds a provider, a fuser, a strategy and a file format through entry points alone."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ENTRY_POINTS = """
[mollia.annotator]
keyword = stranger:KeywordMember
broken = stranger:NotThere

[mollia.fuser]
first = stranger:First

[mollia.query]
shortest = stranger:shortest

[mollia.format]
lines = stranger:LINES
"""
PACKAGE = '''
from contextlib import contextmanager
from typing import Literal

import numpy as np
from sklearn.base import BaseEstimator

from mollia.about import about
from mollia.arrays import normalise
from mollia.data.format import Format
from mollia.data.table import Table
from mollia.records import Answer, Picked, Probe
from mollia.settings import Filled, PanelMember


class KeywordMember(PanelMember):
    kind: Literal["keyword"]
    word: Filled

    def open(self):
        return Keyword(self.name, self.word)


class Keyword:
    """Says the first class where a text holds the word."""

    live = True
    parallel = 2

    def __init__(self, name, word):
        self.name, self.word = name, word

    def fingerprint(self):
        return self.word

    def probe(self, questions, /):
        return Probe(llm=self.name, reachable=True, server="no server", label_probabilities="a keyword")

    def annotate(self, questions, /):
        for question in questions:
            p = 0.9 if self.word in question.prompt.user else 0.1
            z = np.log([p, *[(1 - p) / (len(question.classes) - 1)] * (len(question.classes) - 1)])
            yield Answer(key=question.key, text_id=question.text_id, llm=self.name, label_logprobs=z, calls=1)

    def close(self):
        pass


@about(method="The first LLM was believed", sources=("Stranger (2026). On first things.",))
class First(BaseEstimator):
    def fit(self, X, y, *, texts=None):
        self.classes_ = np.arange(X.n_classes)
        return self

    def predict_proba(self, X, *, texts=None):
        return normalise(X.z[:, 0])


@about(needs=("vectors",), method="by the length of their vectors", sources=("Stranger (2026). On length.",))
def shortest(view, n, rng, /):
    return Picked(rows=np.argsort((view.vectors ** 2).sum(1), kind="stable")[:n].astype(np.int64))


def read(path, text, /, *, size, names):
    lines = path.read_text(encoding=text.encoding).splitlines()
    yield Table(columns={"text": lines}, source=str(path), places=range(1, len(lines) + 1))


@contextmanager
def write(path, text, /):
    with path.open("w", encoding=text.encoding) as file:
        class Rows:
            def write(self, columns, /):
                for cells in zip(*columns.values()):
                    file.write("|".join(map(str, cells)) + "\\n")
        yield Rows()


LINES = Format(read=read, write=write)
'''
TASK = """
name = "strange"
instruction = "Which?"
[data]
path = "texts.lines"
[[classes]]
name = "refund"
[[classes]]
name = "delivery"
[seed]
path = "seed.csv"
[[panel]]
name = "k"
kind = "keyword"
word = "money"
[fuse]
method = "first"
text_view = "tfidf"
[query]
strategy = "shortest"
batch = 4
rounds = 2
"""


@pytest.fixture(scope="module")
def stranger(tmp_path_factory):
    """What runs words of Python or of the command line where the stranger's distribution is installed."""
    site = tmp_path_factory.mktemp("site")
    about = site / "stranger-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: stranger\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(ENTRY_POINTS)
    (site / "stranger.py").write_text(PACKAGE)
    paths = [str(site), str(ROOT / "src"), str(ROOT / "benchmarks")]

    def run(*words, code=0):
        done = subprocess.run(
            [sys.executable, *words],
            check=False,
            capture_output=True,
            text=True,
            cwd=site,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        )
        assert done.returncode == code, done.stderr
        return done.stdout + done.stderr

    return run


@pytest.fixture
def task(tmp_path):
    texts = [f"{'money back' if i % 2 else 'late parcel'} number {'x' * i}" for i in range(24)]
    (tmp_path / "texts.lines").write_text("\n".join(texts))
    (tmp_path / "seed.csv").write_text("id,label\n1,delivery\n2,refund\n3,delivery\n4,refund\n")
    (tmp_path / "task.toml").write_text(TASK)
    return tmp_path / "task.toml"


def test_each_is_found_by_its_name(stranger):
    code = "from mollia.registry import names; print([names(k)[-1] for k in ('fuser', 'query', 'format')])"
    assert stranger("-c", code).strip() == "['first', 'shortest', 'lines']"


def test_the_template_lists_what_was_added(stranger, tmp_path):
    text = stranger("-c", "from mollia.task.template import template; print(template())")
    for key, name in (("kind", "keyword"), ("method", "first"), ("strategy", "shortest")):
        assert any(line.startswith(f"{key} = ") and f" | {name}" in line for line in text.splitlines())


def test_the_help_lists_what_was_added(stranger):
    assert "mean, first" in " ".join(stranger("-m", "mollia", "fuse", "--help").split())


def test_doctor_asks_the_strangers_own_probe(stranger, task):
    said = stranger("-m", "mollia", "doctor", str(task))
    assert "k: ready" in said
    assert "yes, by a keyword" in said


def test_doctor_says_when_there_is_nothing_to_ask_about(stranger, task):
    (task.parent / "texts.lines").write_text("\n \n")
    assert "all texts are empty" in stranger("-m", "mollia", "doctor", str(task), code=2)


def test_a_run_uses_all_four_and_the_report_cites_them(stranger, task):
    stranger("-m", "mollia", "run", str(task))
    out = task.parent / "task_out"
    report = (out / "report.html").read_text(encoding="utf-8")
    assert "The first LLM was believed" in report
    assert "On first things." in report
    assert "picked by the length of their vectors" in report
    labelled = (out / "labels.csv").read_text(encoding="utf-8").splitlines()
    assert len(labelled) == 25
    assert json.loads((out / "summary.json").read_text(encoding="utf-8"))["calls"] == 24


def test_a_file_of_the_strangers_format_is_written(stranger, task):
    stranger("-m", "mollia", "run", str(task))
    folder = task.parent / "task_out" / "student"
    stranger("-m", "mollia", "predict", str(folder), str(task.parent / "texts.lines"), "--out", "out.lines")
    code = "from pathlib import Path; print(len(Path('out.lines').read_text().splitlines()))"
    assert stranger("-c", code).strip() == "24"


def test_the_benchmarks_measure_the_strangers_strategy(stranger):
    code = (
        "from mollia_benchmarks.query import Case, made_up_view; from mollia.registry import find, names; "
        "import numpy as np; assert 'shortest' in names('query'); "
        "view = made_up_view(Case(name='shortest', m=600, seed=0)); "
        "print(len(find('query', 'shortest')(view, 7, np.random.default_rng(0)).rows))"
    )
    assert stranger("-c", code).strip() == "7"


def test_the_stranger_can_check_their_package(stranger):
    code = (
        "import stranger; from mollia import testing as t; "
        "t.check_fuser(stranger.First()); t.check_strategy(stranger.shortest); "
        "t.check_annotator(lambda: stranger.Keyword('k', 'money')); print('kept')"
    )
    assert stranger("-c", code).strip() == "kept"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            'word = "money"',
            'wrd = "money"',
            'panel[0].wrd is not a key of a panel member of kind "keyword". Did you mean "word"?',
        ),
        ('word = "money"', "", 'panel[0]: kind "keyword" needs word.'),
        ('word = "money"', 'word = " "', "panel[0].word: must not be blank."),
        ('kind = "keyword"', 'kind = "keywrd"', 'Did you mean "keyword"?'),
        (
            'kind = "keyword"',
            'kind = "broken"',
            'The annotator "broken" (stranger:NotThere, added by an installed package) cannot be loaded',
        ),
    ],
)
def test_settings_of_the_strangers_provider_are_checked_like_ours(stranger, task, old, new, said):
    task.write_text(TASK.replace(old, new))
    assert said in stranger("-m", "mollia", "doctor", str(task), code=2)

import csv
import io
import re
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from mollia.annotate.budget import Spending
from mollia.honest.agreement import krippendorff_alpha
from mollia.honest.intervals import wilson
from mollia.note import Note
from mollia.people.agreement import Agreement
from mollia.quality.completeness import Completeness
from mollia.quality.gold_scores import FUSED, GoldScore
from mollia.quality.judging import Judging
from mollia.records import Round
from mollia.report.report import render_report, write_report
from mollia.session.origin import InputFile, ModelAsked, Origin, PromptShown

VOID = {"meta", "br", "hr", "img", "link", "input"}


class Page(HTMLParser):
    """Collect tags, attributes and text; fail on tags that do not balance."""

    def __init__(self, html):
        super().__init__(convert_charrefs=True)
        self.open, self.tags, self.text, self.ids = [], [], [], []
        self.feed(html)
        self.close()
        assert self.open == []
        assert len(self.ids) == len(set(self.ids)), "ids are unique"

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.ids += [value for name, value in attrs if name == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not self.open or self.open[-1] != "style":
            self.text.append(data)

    @property
    def words(self):
        return re.sub(r"\s+", " ", "".join(self.text))

    def count(self, tag):
        return sum(name == tag for name, _ in self.tags)


def table_of(html, heading):
    """Return the body rows of the first table after a heading, as lists of cell texts."""
    body = html.split(f">{heading}</h", 1)[1].split("<tbody>", 1)[1].split("</tbody>", 1)[0]
    rows = re.findall(r"<tr.*?>(.*?)</tr>", body, flags=re.DOTALL)
    clean = [re.sub(r"<svg.*?</svg>", "", row, flags=re.DOTALL) for row in rows]
    return [
        [
            unescape(re.sub(r"<.*?>", "", cell))
            for cell in re.findall(r"<t[hd].*?>(.*?)</t[hd]>", row, re.DOTALL)
        ]
        for row in clean
    ]


def gold_score(right, n, *, stated=0.8):
    return GoldScore(accuracy=wilson(right, n), stated=stated, reviews=3)


EDGES = {
    "no gold": {},
    "gold": {
        "gold": True,
        "scores": {FUSED: gold_score(28, 40), "majority vote": gold_score(26, 40)},
        "scored_rows": 40,
    },
    "no human labels": {"n_seed": 0},
    "one human label": {"n_seed": 1, "cross_fit": False},
    "one LLM": {"n_llms": 1},
    "21 classes": {"n_classes": 21, "n_llms": 16, "n": 200},
    "all rows human": {"n": 20, "n_seed": 20},
    "partial": {
        "completeness": Completeness(status="partial", lacking=("The budget of 500 calls is spent.",))
    },
    "costs": {
        "spending": Spending(calls=12_345, prompt_tokens=10, reply_tokens=2, money=1.5, seconds=900.0),
        "seconds": 4000.0,
    },
    "one round": {"rounds": (Round(number=1, asked=(), alpha=0.5, lambda_=0.46),)},
}


@pytest.mark.parametrize("edge", EDGES)
def test_every_edge_is_a_whole_page_that_loads_nothing(small, edge):
    html = render_report(small(**EDGES[edge]))
    page = Page(html)
    assert html.startswith("<!doctype html>")
    assert page.count("script") == page.count("link") == page.count("img") == page.count("iframe") == 0
    for _, attributes in page.tags:
        assert not {"src", "srcset", "action", "data"} & set(attributes)
        assert attributes.get("href", "data:").startswith("data:")
        assert ("href" in attributes) == ("download" in attributes)
        assert not any(name.startswith("on") for name in attributes)
    assert "@import" not in html
    assert "url(" not in html
    assert "nan" not in page.words.lower().replace("finance", "")


@pytest.mark.parametrize("edge", EDGES)
def test_every_chart_has_a_title_and_a_description(small, edge):
    html = render_report(small(**EDGES[edge]))
    page = Page(html)
    charts = [attributes for tag, attributes in page.tags if tag == "svg" and attributes.get("role") == "img"]
    assert charts
    for attributes in charts:
        for id_ in attributes["aria-labelledby"].split():
            content = re.search(rf'id="{id_}">([^<]+)<', html)
            assert content, id_
            assert content[1].strip()
    unnamed = [a for tag, a in page.tags if tag == "svg" and a.get("role") != "img"]
    assert all(a.get("aria-hidden") == "true" for a in unnamed)


def test_texts_and_names_stay_texts(small):
    evil = "<script>alert('x')</script> </style> {{ 7*7 }} & \x00\x1b \ud800"
    html = render_report(
        small(
            n=20,
            n_seed=0,
            texts=[f"{evil} {i}" for i in range(20)],
            names=[evil, "</title><script>", "ok"],
            name=evil,
            instruction=evil,
            completeness=Completeness(status="incomplete", lacking=(evil,)),
            warnings=(evil,),
            settings={evil: evil},
        )
    )
    page = Page(html)
    assert page.count("script") == 0
    assert page.count("style") == 1
    assert "<script>alert('x')</script> </style> {{ 7*7 }} &" in page.words
    html.encode("utf-8")
    assert "\x00" not in html


def test_without_human_labels_no_figure_and_uncalibrated_everywhere(small):
    words = Page(render_report(small(n_seed=0))).words
    assert "No accuracy figure: no human labels. The confidences are uncalibrated." in words
    assert "(uncalibrated)" in words
    assert "No accuracy is claimed." in words
    assert "Label about 50 rows that mollia draws" in words
    assert "% right" not in words


def test_the_figure_comes_with_interval_n_and_method(small):
    run = small()
    words = Page(render_report(run)).words
    e = run.estimate
    assert f"An estimated {100 * e.value:.1f}% of the labels are right" in words
    assert f"the 95% interval runs from {100 * e.low:.1f}% to {100 * e.high:.1f}%" in words
    assert "(20 human labels, cross-fitted seed, Wilson)" in words


@pytest.mark.parametrize(("right", "held"), [(40, True), (10, False)])
def test_with_gold_the_first_screen_shows_the_measured_accuracy_and_whether_the_estimate_held(
    small, right, held
):
    run = small(n=70, gold=True, scores={FUSED: gold_score(right, 50)}, scored_rows=50)
    first = render_report(run).split('<section class="next"')[0]
    figures = re.findall(r'<p class="figure[^>]*>([\d.]+%) <small>(\w+, \w+)', first)
    estimated = f"{100 * run.estimate.value:.1f}%"
    assert figures == [(f"{2 * right:.1f}%", "right, measured"), (estimated, "right, estimated")]
    assert run.estimate_held is held
    assert ("The estimate held: the measured" in first) is held
    assert ("The estimate did not hold: the measured" in first) is not held


@pytest.mark.parametrize("seen", [1, 3])
@pytest.mark.parametrize("gold", [False, True])
def test_unseen_classes_keep_their_line_with_support_0(small, seen, gold):
    run = small(n_classes=4, n_seed=50, seed_classes=seen, gold=gold)
    html = render_report(run)
    rows = table_of(html, "Classes")
    assert [row[0] for row in rows] == list(run.classes)
    support = [row[5] for row in rows]
    assert support[seen:] == ["0"] * (4 - seen)
    assert all(int(n) > 0 for n in support[:seen])
    assert all(row[7] == "–" for row in rows[seen:])  # recall of a class nobody has seen
    matrix = table_of(html, "Confusion")
    assert len(matrix) == 4
    assert all(len(row) == 1 + 4 for row in matrix)
    assert sum(int(cell) for row in matrix for cell in row[1:]) == sum(int(n) for n in support)
    assert ("No human label shows" in html) == (not all(k in run.seed.y for k in range(4)))


def test_without_judging_rows_the_classes_still_stand(small):
    run = small(n_seed=0, n_classes=4)
    rows = table_of(render_report(run), "Classes")
    assert [row[0] for row in rows] == list(run.classes)
    assert sum(int(row[1]) for row in rows) == len(run.pool)
    assert [len(row) for row in rows] == [4] * 4, "no columns of what nobody knows"


def test_seed_rows_are_judged_by_the_cross_fitted_posterior_not_by_their_clamped_one(small):
    run = small(n_seed=40)
    matrix = table_of(render_report(run), "Confusion")
    right = sum(int(matrix[k][1 + k]) for k in range(3))
    expected = (run.cross_fitted[:40].argmax(1) == run.seed.y).sum()
    assert right == expected < 40
    assert (run.fused.label[:40] == run.seed.y).all()


def test_llms_that_never_answer_or_never_vary_are_named(small):
    run = small(n=60, n_llms=3)
    c = np.array(run.panel.c)
    c[:, 1] = 0
    c[:, 2] = np.eye(3)[2]
    panel = type(run.panel)(ids=run.panel.ids, llms=run.panel.llms, z=run.panel.z, c=c)
    html = render_report(small(panel=panel, problems={"llm0": {"timeout": 7}}))
    rows = {row[0]: row for row in table_of(html, "Panel")}
    assert rows["llm1"][2] == "0"
    assert rows["llm1"][-1] == "never gives a usable answer"
    assert rows["llm2"][-1] == "almost always says “class 2”"
    assert rows["llm0"][-1] == "timeout: 7"
    assert "Check llm1." in html


def test_disagreements_show_every_vote_and_skip_human_rows(small):
    run = small(n_llms=5)
    html = render_report(run)
    examples = re.findall(r'<article class="example">(.*?)</article>', html, re.DOTALL)
    assert len(examples) == 8
    for example in examples:
        named = re.findall(r'class="votes">(.*?)<', example)
        assert sorted(", ".join(named).split(", ")) == sorted(run.panel.llms)
        row = re.search(r"Row (r\d+) ·", example)[1]
        assert row not in run.seed.ids


def test_a_unanimous_panel_has_no_disagreements(small):
    assert "Where the panel disagrees" not in render_report(small(n_llms=1))


def links(html):
    """Return the files inside a page by name, as text."""
    found = re.findall(r'<a download="([^"]+)" href="data:[^,]+,([^"]*)"', html)
    return {name: unquote(unescape(content)) for name, content in found}


def test_figures_and_tables_are_numbered_in_the_order_of_the_page(small):
    rounds = tuple(
        Round(number=k, asked=("r1",), alpha=1, lambda_=0, scores={"accuracy": 0.5 + k / 20}) for k in (2, 3)
    )
    words = Page(render_report(small(gold=True, rounds=rounds))).words
    assert re.findall(r"Figure (\d)\. ([A-Z][a-z]+)", words) == [
        ("1", "Learning"),
        ("2", "Confidence"),
        ("3", "Reliability"),
        ("4", "Errors"),
    ]
    tables = [int(n) for n in re.findall(r"Table (\d+)\.", words)]
    assert tables == list(range(1, len(tables) + 1))


def test_each_figure_can_be_taken_out_as_a_picture_and_as_its_data(small):
    run = small(n=200, n_seed=60)
    files = links(render_report(run))
    assert {"figure-1.svg", "figure-1.csv", "figure-2.svg", "figure-3.csv", "confusion.csv"} <= set(files)
    for name, content in files.items():
        if name.endswith("svg"):
            assert ET.fromstring(content).tag == "{http://www.w3.org/2000/svg}svg"  # noqa: S314  # our own picture
            assert "var(" not in content, "the colours stand in the picture"
    histogram = list(csv.DictReader(files["figure-1.csv"].splitlines()))
    assert sum(int(row["rows"]) for row in histogram) == 140
    bins = list(csv.DictReader(files["figure-2.csv"].splitlines()))
    assert sum(int(row["rows"]) for row in bins) == 60
    assert all(float(row["low"]) <= float(row["share right"]) <= float(row["high"]) for row in bins)
    confusion = list(csv.reader(files["confusion.csv"].splitlines()))
    assert confusion[0] == ["true class", *run.classes]
    assert sum(int(cell) for row in confusion[1:] for cell in row[1:]) == 60
    shares = list(csv.reader(files["confusion-shares.csv"].splitlines()))
    assert all(sum(map(float, row[1:])) == pytest.approx(1, abs=1e-4) for row in shares[1:])


def test_class_names_with_signs_of_every_kind_come_back_from_the_csv(small):
    names = ['a "quoted", one', "line\nbreak", "100% #1 & <b>"]
    files = links(render_report(small(names=names)))
    assert next(csv.reader(io.StringIO(files["confusion.csv"])))[1:] == names


def test_many_classes_have_their_shares_in_a_file_alone(small):
    html = render_report(small(n_classes=40, n=400, n_seed=100))
    assert "The same as shares of each true class" not in html
    assert "confusion-shares.csv" in links(html)


def test_columns_that_would_be_empty_are_left_out(small):
    run = small(n_seed=0)
    heads = re.findall(r"<thead>.*?</thead>", render_report(run), re.DOTALL)
    panel = next(head for head in heads if "Usable" in head)
    for column in ("Right", "0% to 100%", "Against gold", "Notes"):
        assert column not in panel
    gold = {FUSED: gold_score(28, 40, stated=None), "majority vote": gold_score(26, 40, stated=None)}
    html = render_report(small(gold=True, scores=gold, scored_rows=40))
    assert ">Says<" not in html
    assert ">Says<" in render_report(small(gold=True, scores={FUSED: gold_score(28, 40)}, scored_rows=40))


def test_each_llm_stands_against_gold_where_there_is_gold(small):
    run = small(gold=True, n=60, n_seed=20)
    rows = table_of(render_report(run), "Panel")
    own = run.panel.c.argmax(2)[20:]
    for i, row in enumerate(rows):
        right = (own[:, i] == run.pool.gold[20:]).mean()
        assert row[-1].startswith(f"{100 * right:.1f}% ")
    assert "Right against gold" not in render_report(small())


def test_the_panels_agreement_is_krippendorffs_alpha(small):
    run = small(n=300, n_seed=30)
    own = run.panel.c.argmax(2)
    words = Page(render_report(run)).words
    assert f"Agreement among the 3 LLMs: Krippendorff's alpha {krippendorff_alpha(own):.2f}" in words
    assert "people: Krippendorff" not in words
    people = Agreement(labellers=2, rows=12, alpha=0.815)
    words = Page(render_report(small(people=people))).words
    assert "Agreement among the 2 people: Krippendorff's alpha 0.8" in words


def test_notes_are_grey_and_only_warnings_stand_out(small):
    html = render_report(small(warnings=(Note("A note."), "A warning.")))
    assert re.findall(r"<li( class=\"informs\")?>(A \w+)\.</li>", html) == [
        ("", "A warning"),
        (' class="informs"', "A note"),
    ]
    assert ">Warnings and notes<" in html
    assert ">Notes<" in render_report(small(warnings=(Note("A note."),)))


def test_models_prompts_and_files_are_told_where_they_are_known(small):
    origin = Origin(
        files=(InputFile(holds="texts", name="a.csv", sha256="0" * 64),),
        models=(
            ModelAsked(
                llm="gemma",
                model="gemma-3",
                reported=("gemma-3-q4",),
                server="llama.cpp b9",
                first="2026-01-02",
                last="2026-01-03",
            ),
        ),
        prompts=(
            PromptShown(
                llms=("gemma",), system="Which <one>?", user="Text: <the text>", samples=5, temperature=0.7
            ),
        ),
    )
    words = Page(render_report(small(origin=origin))).words
    for said in ("0" * 64, "gemma-3-q4", "llama.cpp b9", "2026-01-03", "Which <one>?", "temperature 0.7"):
        assert said in words
    assert "Data, models and prompts" not in render_report(small())


def test_what_to_do_next_gives_the_command(small):
    html = render_report(small(commands={"review": "mollia serve task.toml"}))
    assert "<code>mollia serve task.toml</code>" in html
    assert "<code>" not in render_report(small()).split('id="next"')[1].split("</section>")[0]


@pytest.mark.parametrize(
    ("n", "asked"), [(70, "label the 50 rows that nobody labelled"), (1000, "label an audit sample of about")]
)
def test_a_sharper_figure_never_takes_more_rows_than_there_are(small, n, asked):
    words = Page(render_report(small(n=n))).words
    assert f"For a sharper figure, {asked}" in words
    assert ("and there are no more" in words) == (n == 70)


@pytest.mark.parametrize(("half", "asked"), [(0.054, False), (0.056, True)])
def test_a_figure_that_is_as_sharp_as_said_asks_for_no_more_labels(small, half, asked):
    run = small(n=1000)
    sharp = replace(run.estimate, value=0.9, low=0.9 - half, high=0.9 + half)
    words = Page(render_report(replace(run, estimate=sharp))).words
    assert ("For a sharper figure" in words) == asked


def test_the_same_run_gives_the_same_file(small, tmp_path):
    write_report(small(), tmp_path / "a.html")
    write_report(small(), tmp_path / "b.html")
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()


def test_the_recorded_complaints(complaints):
    html = render_report(complaints)
    page = Page(html)
    assert len(html) < 150_000
    assert "1,000 texts in 5 classes, labelled by a panel of 14 LLMs and 50 human labels." in page.words
    assert len(table_of(html, "Panel")) == 14
    scores = table_of(html, "Accuracy")
    assert [row[0] for row in scores] == list(complaints.scores)
    gold, label = complaints.pool.gold, complaints.fused.label
    unlabelled = ~complaints.fused.human
    assert scores[0][1] == f"{100 * (gold == label)[unlabelled].mean():.1f}%"
    assert "Learning curve" in page.words
    assert "Two copies of one text carry different human labels" in page.words
    support = [int(row[5].replace(",", "")) for row in table_of(html, "Classes")]
    assert support == np.bincount(gold[unlabelled]).tolist()


def test_twenty_one_recorded_classes_without_gold(policies):
    html = render_report(policies)
    page = Page(html)
    rows = table_of(html, "Classes")
    assert [row[0] for row in rows] == list(policies.classes)
    assert sum(int(row[5]) for row in rows) == 50
    assert "The data has no gold column" in page.words
    assert "each predicted by a fuser that did not see it" in page.words


def test_shares_come_with_intervals_where_people_labelled(small):
    run = small(n=200, n_seed=60)
    rows = table_of(render_report(run), "Classes")
    truth = [0.0, 0.0, 0.0]
    for k, row in enumerate(rows):
        value, low, high = (float(v) / 100 for v in re.findall(r"[\d.]+(?=%)", row[2]))
        assert low <= value <= high
        truth[k] = value
    assert sum(truth) == pytest.approx(1, abs=0.05)
    assert all("–" in row[6] for row in rows)  # an interval beside each precision


def test_failed_rows_count_for_no_class(small):
    base = small(n_seed=0)
    source = tuple("failed" if i < 10 else "panel" for i in range(60))
    rows = table_of(render_report(small(n_seed=0, source=source)), "Classes")
    assert sum(int(row[1]) for row in rows) == 50
    assert sum(int(row[1]) for row in table_of(render_report(base), "Classes")) == 60


def test_it_says_what_may_be_accepted_and_how_many_reviews_a_target_takes(small):
    words = Page(render_report(small(n=300, n_seed=50))).words
    assert "with 50 human labels no group of rows can be guaranteed 95% accuracy at 90% assurance" in words
    assert re.search(r"For 95% on all rows, least certain rows reviewed first: about \d+ reviews", words)
    assert "Without a review" not in Page(render_report(small(n_seed=0))).words


def test_human_rows_of_one_kind_are_called_out(small):
    run = small(n=400, n_seed=60)
    assert "do not look like a random draw" not in render_report(run)
    odd = np.argsort(-run.panel.c.mean(1)[:, 0], kind="stable")[:60]
    y = np.zeros(60, np.int64)
    ids = tuple(run.pool.ids[i] for i in odd)
    cross_fitted = np.full((400, 3), np.nan)
    cross_fitted[odd] = run.panel.c.mean(1)[odd]
    seed = type(run.seed)(ids=ids, y=y, chance=np.full(60, np.nan))
    human = np.isin(np.arange(400), odd)
    fused = type(run.fused)(
        posterior=run.panel.c.mean(1),
        negative=run.fused.negative,
        human=human,
        method="mixture",
        calibrated=True,
    )
    judging = Judging(rows=odd, y=y, probs=cross_fitted[odd], chance=seed.chance, audit=False)
    html = render_report(small(n=400, n_seed=60, seed=seed, fused=fused, judging=judging))
    assert "do not look like a random draw from the pool" in html


@pytest.mark.parametrize(
    ("method", "said"),
    [
        ("default", "semi-supervised Dawid-Skene"),
        ("molam", "by MoLAM"),
        ("molam_repaired", "minimum child weight of 0.05"),
        ("vote", "most LLMs named"),
        ("Own", "“Own”"),
    ],
)
def test_the_methods_name_the_fuser_and_cite_in_order(small, method, said):
    run = small()
    fused = type(run.fused)(
        posterior=run.fused.posterior,
        negative=run.fused.negative,
        human=run.fused.human,
        method=method,
        calibrated=False,
    )
    page = Page(render_report(small(fused=fused)))
    paragraph = page.words.split("Methods ", 1)[1]
    assert said in paragraph
    cited = [int(n) for n in re.findall(r"\[(\d)", paragraph)]
    assert cited[0] == 1
    assert "arXiv:2601.15773" in page.words
    assert max(cited) == paragraph.count("). ")  # each source reads "Author (year). Title"


def test_the_learning_curve_stands_beside_rows_drawn_at_random(small):
    rounds = tuple(
        Round(
            number=k,
            asked=tuple(f"r{i}" for i in range(5)),
            alpha=0.5,
            lambda_=0.5,
            scores={"accuracy": 0.5 + k / 20},
        )
        for k in range(2, 6)
    )
    at_random = ((25, {"accuracy": 0.55}), (40, {"accuracy": 0.7}))
    html = render_report(
        small(rounds=rounds, at_random=at_random, settings={"query": {"strategy": "entropy"}})
    )
    assert "accuracy, rows picked by entropy: from 60.0% at 25 to 75.0% at 40" in html
    assert "accuracy, rows drawn at random: from 55.0% at 25 to 70.0% at 40" in html
    assert "rows drawn at random" not in render_report(small(rounds=rounds))

"""The documentation site builds without a warning, loads nothing from elsewhere, and its figures are measured ones."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .rendered import count_blocks, read_page

ROOT = Path(__file__).parents[2]
SETS = ("trec", "pubmed", "policy_en", "consumer_complaints")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    shutil.copytree(ROOT / "docs", folder / "docs")
    config = (ROOT / "zensical.toml").read_text("utf-8").replace('["src"]', json.dumps([str(ROOT / "src")]))
    (folder / "zensical.toml").write_text(config, "utf-8")
    done = subprocess.run(
        [Path(sys.executable).with_name("zensical"), "build", "--strict"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "site"


def test_every_page_is_built(site):
    pages = {page.stem for page in (ROOT / "docs").glob("*.md")}
    assert all((site / page / "index.html").is_file() for page in pages - {"index"})


def test_the_api_page_holds_signatures_and_what_is_raised(site):
    html = (site / "api" / "index.html").read_text("utf-8")
    for name in (
        "mollia.usecases.fuse.fuse",
        "mollia.usecases.run_task.run",
        "mollia.honest.auto_accept.auto_accept",
    ):
        assert f'id="{name}"' in html
    assert "LeakRefused" in html
    assert html.count("doc-section-title") > 20, "numpy sections are rendered"


def test_pages_load_nothing_from_elsewhere(site):
    for page in site.rglob("index.html"):
        html = page.read_text("utf-8")
        loaded = re.findall(r'<(?:script|img|iframe)[^>]*src="([^"]+)"', html)
        loaded += re.findall(r'<link[^>]*rel="(?:stylesheet|preload|icon)"[^>]*href="([^"]+)"', html)
        assert loaded
        assert not [address for address in loaded if address.startswith(("http", "//"))]


def built(site, page):
    return site / ("index.html" if page.stem == "index" else f"{page.stem}/index.html")


@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("*.md")), ids=lambda page: page.stem)
def test_every_block_of_a_page_is_rendered(site, page):
    shown = read_page(built(site, page).read_text("utf-8"))
    assert shown.marks == (), "Markdown that a reader would see as it is"
    blocks = count_blocks(page.read_text("utf-8"))
    if page.stem != "api":  # signatures are blocks too, ::: lines none
        assert shown.blocks == blocks


@pytest.fixture(params=[1280, 390], ids=["desktop", "phone"])
def window(browser, request):
    page = browser.new_page(viewport={"width": request.param, "height": 900})
    yield page
    page.close()


@pytest.mark.parametrize("name", ["quickstart", "panel", "other-tools"])
def test_a_block_with_a_file_name_is_a_block_in_the_browser(site, window, name):
    window.goto((site / name / "index.html").as_uri())
    source = (ROOT / "docs" / f"{name}.md").read_text("utf-8")
    titles = re.findall(r'^```\w+ title="(.+)"$', source, re.MULTILINE)
    assert titles
    assert window.locator("article .highlight .filename").all_inner_texts() == titles
    block = window.locator(".highlight", has=window.locator(".filename")).first.locator("pre")
    lines = block.inner_text().rstrip().count("\n") + 1
    assert lines > 2
    assert block.bounding_box()["height"] > 15 * lines, "each line stands on a line of its own"
    assert "`" not in window.locator("article").inner_text()
    assert window.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (
        "nothing runs off the side"
    )


def scores():
    return json.loads((ROOT / "docs" / "fusion-scores.json").read_text("utf-8"))


def test_the_accuracies_by_labels_are_the_benchmarks():
    text = (ROOT / "docs" / "how-many-labels.md").read_text("utf-8")
    rows = re.findall(r"^\| (\d+) \| (\.\d+) \| (\.\d+) \| (\.\d+) \| (\.\d+) \|$", text, re.MULTILINE)
    assert [int(row[0]) for row in rows] == [0, 20, 50, 100, 200]
    for n, *shown in rows:
        measured = [scores()[f"{name} default {n}"]["accuracy"][0] for name in SETS]
        assert [float(figure) for figure in shown] == [round(value, 3) for value in measured]


@pytest.mark.parametrize(
    ("against", "method", "sets"),
    [
        ("majority vote", "vote", SETS),
        ("best single LLM", "best_llm", SETS),
        ("MoLAM as published", "molam", SETS),
        ("MoLAM repaired", "molam_repaired", SETS),
        ("MoLAM normalised", "molam_normalised", SETS[:2]),
        ("Dawid-Skene", "dawid_skene", SETS),
    ],
)
def test_the_wins_are_the_benchmarks(against, method, sets):
    text = (ROOT / "docs" / "comparison.md").read_text("utf-8").split("## Wins")[1].split("## Losses")[0]
    line = next(part for part in " ".join(text.split()).split(" - ") if f"**{against}" in part)
    shown = [float(figure) for figure in re.findall(r"\+ (\d+\.\d)", line)]
    found = scores()
    gains = [
        found[f"{name} default 50"]["accuracy"][0] - found[f"{name} {method} 50"]["accuracy"][0]
        for name in sets
    ]
    assert shown == pytest.approx([100 * gain for gain in gains], abs=0.11)  # both rounded to a tenth

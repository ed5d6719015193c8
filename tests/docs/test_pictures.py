"""README and docs show the pictures that are kept, in all their forms, and the pictures show the pages as they are now."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from PIL import Image
from tests.docs.picture_forms import FORMS, LARGEST, PICTURES, SHOWN

from mollia.web.render import PAGES as PAGES_OF_SERVE

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
ALL_TOGETHER = 1_800_000
DRAWN = {"rooms.svg"}  # by `make reference`


class Pictured(HTMLParser):
    """The <picture> elements of a page, each as (what its img says and shows, its sources by media query in order)."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        if tag == "picture":
            self.found.append({"sources": []})
        elif tag == "source":
            self.found[-1]["sources"].append((values["media"], values["srcset"]))
        elif tag == "img" and self.found:
            self.found[-1] |= values


def pictures_of(page):
    reader = Pictured()
    reader.feed(re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE))
    return reader.found


@pytest.fixture(scope="module")
def shown():
    return json.loads(SHOWN.read_text("utf-8"))


@pytest.fixture(scope="module")
def named():
    """Each picture's name -> the element that shows it."""
    return {Path(each["src"]).stem: each for page in PAGES for each in pictures_of(page)}


def test_a_picture_is_shown_in_the_form_that_suits_the_readers_window(named):
    assert len(named) >= 8
    # the first source whose media query holds is taken
    order = sorted((form for form in FORMS if form.media), key=lambda form: -len(form.media))
    for name, element in named.items():
        folder = element["src"].removesuffix(f"{name}.webp")
        wanted = [(form.media, folder + form.file(name)) for form in order]
        assert element["sources"] == wanted, name
        assert len(element["alt"]) > 30, "a picture that is not seen is said in words"


def test_every_picture_named_is_there_and_every_one_kept_is_shown(named):
    for page in PAGES:
        for path in re.findall(r"(?:docs/)?pictures/[\w.-]+", page.read_text("utf-8")):
            assert (PICTURES / Path(path).name).is_file(), f"{page.name} names {path}"
    forms = {form.file(name) for name in named for form in FORMS}
    assert {path.name for path in PICTURES.iterdir()} == forms | DRAWN | {SHOWN.name}


def test_pictures_are_small_and_as_wide_as_the_window(named):
    sizes = {path.name: path.stat().st_size for path in PICTURES.glob("*.webp")}
    assert {name: size for name, size in sizes.items() if size > LARGEST} == {}
    assert sum(sizes.values()) < ALL_TOGETHER
    for name in named:
        for form in FORMS:
            with Image.open(PICTURES / form.file(name)) as picture:
                assert picture.width == form.width * form.scale


def texts_of_templates():
    """What each text of the templates may look like on a page, as patterns."""
    for path in (ROOT / "src" / "mollia").rglob("templates/*.html"):
        html = re.sub(r"\{#.*?#\}|\{%.*?%\}|<kbd.*?</kbd>", "", path.read_text("utf-8"), flags=re.DOTALL)
        for text in re.findall(r">([^<>]+)<", html):
            words = " ".join(text.split())
            pieces = re.split(r"\{\{.*?\}\}", words)
            if re.search(r"[A-Za-z]{3}", "".join(pieces)):
                yield re.compile(".*".join(map(re.escape, pieces)).strip())


def test_the_words_of_the_pages_in_the_pictures_are_those_of_the_pages_now(shown):
    patterns = [*texts_of_templates()]
    code = "\n".join(path.read_text("utf-8") for path in (ROOT / "src" / "mollia").rglob("*.py"))
    read = {word for words in shown.values() for word in words}
    assert len(read) > 30, "the pictures hold words"
    gone = [word for word in read if f'"{word}"' not in code and not any(p.fullmatch(word) for p in patterns)]
    assert gone == [], "the pages have changed since: make pictures"


def test_the_pages_in_the_pictures_are_all_that_there_are_now(shown):
    navigation = {each.name for each in PAGES_OF_SERVE}
    for form in FORMS:
        assert navigation <= set(shown[form.file("review")]), "make pictures"


def test_figures_in_the_words_beside_a_picture_are_those_of_the_demo(named):
    demo = (ROOT / "README.md").read_text("utf-8").split("<!-- demo:")[1].split("<!-- end of demo -->")[0]
    figures = re.findall(r"\d+\.\d%", named["report"]["alt"])
    assert figures
    assert all(figure in demo for figure in figures)

"""Images, sound and table rows on the pages: what is served, to whom, and how it is worked with."""

from contextlib import contextmanager

import pytest
from tests.pictures import BLUE, GREEN, RED, image, opened, sound

from mollia.content import data_reference
from mollia.loop.run import run
from mollia.task.load import load_task

from .at_the_page import enter, press

CLASSES = ("red", "green", "blue")
COLOURS = (RED, GREEN, BLUE)
TASK = """
name = "colours"
instruction = "Which colour is it?"
[data]
path = "rows.csv"
{data}
[[classes]]
name = "red"
[[classes]]
name = "green"
[[classes]]
name = "blue"
[[panel]]
name = "eye"
kind = "recorded"
path = "rows.csv"
[[panel]]
name = "lens"
kind = "recorded"
path = "rows.csv"
"""
N = 45
SAMPLES = 16_000  # of a sound: two seconds


def write_rows(folder, data):
    """A task whose rows hold an image, a sound and numbers each; return the gold class numbers by id."""
    lines = ["id,picture,clip,web,price,name,eye,lens"]
    for row in range(N):
        k = row % 3
        tint = tuple(min(255, value + row) for value in COLOURS[k])
        (folder / f"p{row}.png").write_bytes(image(tint, size=(40 + row, 30)))
        (folder / f"s{row}.wav").write_bytes(sound(SAMPLES + row))
        other = CLASSES[(k + row // 9) % 3]
        lines.append(
            f"r{row},p{row}.png,s{row}.wav,https://example.org/{row}.png,{k * 10 + row % 5},<b>thing {row}</b>,{CLASSES[k]},{other}"
        )
    lines.append("none,,,,7,a row without a file,red,red")
    (folder / "rows.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "task.toml").write_text(TASK.format(data=data), encoding="utf-8")
    return {f"r{row}": row % 3 for row in range(N)}


@pytest.fixture
def serve_rows(tmp_path, serve_folder):
    """`with serve_rows('image = "picture"') as served`: the page of a task with that content."""
    return lambda data, **options: serve_folder(tmp_path, write_rows(tmp_path, data), goal=25, **options)


IMAGES = 'image = "picture"'
SOUND = 'audio = "clip"\nvectors = ["price"]'
WEB = 'image = "web"\nvectors = ["price"]'
TABLE = 'columns = ["name", "price"]'


def test_a_rows_bytes_come_with_the_type_they_have_and_nothing_else_comes(serve_rows, tmp_path):
    with serve_rows(IMAGES) as served, served.client() as client:
        got = client.get("/media/3")
        assert (got.status_code, got.headers["content-type"]) == (200, "image/png")
        assert got.content == (tmp_path / "p3.png").read_bytes()
        assert got.headers["x-content-type-options"] == "nosniff"
        assert got.headers["content-security-policy"].startswith("default-src 'none'")
        for path in (
            "/media/../task.toml",
            "/media/%2e%2e%2ftask.toml",
            "/media/p3.png",
            "/media/-1",
            "/media/999",
        ):
            assert client.get(path).status_code in {400, 404}, path
        assert client.get(f"/media/{N}").status_code == 404  # the row without a file
        (tmp_path / "p4.png").write_bytes(b"<svg onload='alert(1)'/>")
        gone = client.get("/media/4")
        assert (gone.status_code, gone.text) == (404, "p4.png: the file is gone or has changed.")


def test_lists_get_a_small_copy_of_a_photo(tmp_path, serve_folder):
    gold = write_rows(tmp_path, IMAGES)
    for row in range(4):
        (tmp_path / f"p{row}.png").write_bytes(image(COLOURS[row % 3], size=(2000 + row, 1000), kind="JPEG"))
    with serve_folder(tmp_path, gold, goal=25) as served, served.client() as client:
        small = client.get("/thumb/3")
        assert (small.status_code, small.headers["content-type"]) == (200, "image/jpeg")
        assert opened(data_reference(small.content))[1].size == (160, 80)
        assert len(client.get("/media/3").content) > 2 * len(small.content)
        (tmp_path / "p4.png").write_bytes(b"<svg onload='alert(1)'/>")
        assert (client.get("/thumb/4").status_code, client.get(f"/thumb/{N}").status_code) == (404, 404)


def test_no_small_copy_is_made_of_sound(serve_rows):
    with serve_rows(SOUND) as served, served.client() as client:
        assert client.get("/thumb/3").status_code == 404


def test_a_stranger_gets_no_image(serve_rows):
    with serve_rows(IMAGES) as served:
        said, _ = served.sent_raw(
            b"GET /media/3 HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nConnection: close\r\n\r\n" % served.port
        )
        assert b" 403 " in said.split(b"\r\n")[0]
        assert b"PNG" not in said


def test_no_file_of_a_task_of_texts_is_served(shared):
    with shared.client() as client:
        assert client.get("/media/0").status_code == 404


def test_images_are_labelled_by_keyboard_and_stand_in_the_lists_when_they_are_seen(serve_rows, page):
    with serve_rows(IMAGES) as served:
        enter(page, served)
        for _ in range(3):
            row = int(page.input_value("input[name=row]"))
            shown = page.locator("#text img.picture")
            assert shown.get_attribute("src") == f"/media/{row}"
            page.wait_for_function("() => document.querySelector('#text img').naturalWidth >= 40")
            assert page.inner_text("#text .caption") == f"p{row}.png"
            press(page, "123"[served.gold[f"r{row}"]])
        assert page.locator(".recent img.thumb").count() == 3
        assert {each.get_attribute("loading") for each in page.locator(".recent img").all()} == {"lazy"}
        page.set_viewport_size({"width": 390, "height": 844})
        assert page.evaluate("() => document.documentElement.scrollWidth") == 390
        box = page.locator("#text img").bounding_box()
        assert box["width"] <= 390
        assert page.locator(".class").first.bounding_box()["y"] < 844  # the buttons are seen below it


@contextmanager
def at_review(folder, content, serve_folder, page):
    """A task of such rows after a run, with the page at a row to review."""
    gold = write_rows(folder, content)
    run(load_task(folder / "task.toml"))
    with serve_folder(folder, gold) as served:
        enter(page, served)
        page.goto(served.origin + "/review")
        served.fitter.wait(60)
        page.reload()
        page.wait_for_selector(".voices")
        yield served


def test_the_review_and_the_list_of_rows_show_images(tmp_path, serve_folder, page):
    with at_review(tmp_path, IMAGES, serve_folder, page) as served:
        page.wait_for_function("() => document.querySelector('#text img.picture').naturalWidth >= 40")
        assert page.inner_text("h2:has-text('Similar')") == "Similar images"
        assert page.locator(".neighbours img.thumb").count() == page.locator(".neighbours li").count() > 0
        assert page.locator(".twins").count() == 0  # files of one folder are not nearly equal for their names
        page.goto(served.origin + "/rows")
        assert page.locator(".found img.thumb").count() == page.locator(".found li").count() == 25
        page.locator(".found a").first.click()
        page.wait_for_selector("#text img.picture")
        assert page.inner_text("#text .caption") == "p0.png"
        assert "picture" not in page.locator(".beside dt").all_inner_texts()


def test_sound_plays_pauses_and_is_sought_by_the_browser_itself(serve_rows, page, tmp_path):
    with serve_rows(SOUND) as served:
        enter(page, served)
        row = int(page.input_value("input[name=row]"))
        page.wait_for_function("() => document.querySelector('audio').duration > 0")
        length = page.evaluate("() => document.querySelector('audio').duration")
        assert length == pytest.approx((SAMPLES + row) / 8000, abs=0.01)
        page.keyboard.press("s")
        page.wait_for_function("() => document.querySelector('audio').currentTime > 0.1")
        page.keyboard.press("s")
        page.wait_for_function("() => document.querySelector('audio').paused")
        page.evaluate("() => { document.querySelector('audio').currentTime = 1.5; }")
        page.wait_for_function("() => document.querySelector('audio').currentTime >= 1.5")
        with served.client() as client:
            whole = client.get(f"/media/{row}")
            assert whole.headers["content-type"] == "audio/wav"
            assert whole.content == (tmp_path / f"s{row}.wav").read_bytes()
            for asked, start, stop in (
                ("bytes=10-19", 10, 20),
                ("bytes=100-", 100, None),
                ("bytes=-5", -5, None),
            ):
                part = client.get(f"/media/{row}", headers={"Range": asked})
                assert (part.status_code, part.content) == (206, whole.content[start:stop]), asked
            assert (
                client.get(f"/media/{row}", headers={"Range": "bytes=10-19"}).headers["content-range"]
                == f"bytes 10-19/{len(whole.content)}"
            )
            beyond = client.get(f"/media/{row}", headers={"Range": "bytes=999999-"})
            assert (beyond.status_code, beyond.headers["content-range"]) == (
                416,
                f"bytes */{len(whole.content)}",
            )
            for other in ("bytes=1-2,4-5", "bytes=9-2", "lines=1-2", "bytes=-"):
                assert client.get(f"/media/{row}", headers={"Range": other}).content == whole.content
        press(page, "1")
        assert page.inner_text("#said").startswith("Saved: ")


@pytest.mark.parametrize(("content", "shown"), [(SOUND, "#text audio[controls]"), (TABLE, "#text dl.fields")])
def test_the_review_and_a_rows_page_play_sound_and_lay_out_table_rows(
    tmp_path, serve_folder, page, content, shown
):
    with at_review(tmp_path, content, serve_folder, page) as served:
        assert page.locator(shown).count() == 1
        page.goto(served.origin + "/rows")
        page.locator(".found a").first.click()
        page.wait_for_selector(shown)
        page.wait_for_load_state("load")


@pytest.mark.parametrize(
    ("content", "shown"), [(IMAGES, "#text img"), (SOUND, "#text audio"), (TABLE, "#text dl")]
)
def test_what_a_row_holds_fits_a_phone_and_leaves_room_for_the_answers(serve_rows, page, content, shown):
    with serve_rows(content) as served:
        page.set_viewport_size({"width": 390, "height": 844})
        enter(page, served)
        box = page.locator(shown).bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
        assert page.evaluate("() => document.documentElement.scrollWidth") == 390
        assert page.locator(".class").first.bounding_box()["y"] < 844
        page.locator(".class").first.click()
        page.wait_for_function("() => document.getElementById('said').innerText.startsWith('Saved: ')")


def test_an_address_on_the_web_is_named_and_not_fetched(serve_rows, page):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    with serve_rows(WEB) as served:
        enter(page, served)
        row = int(page.input_value("input[name=row]"))
        link = page.locator("#text a")
        assert link.get_attribute("href") == f"https://example.org/{row}.png"
        assert "noreferrer" in link.get_attribute("rel")
    assert not [url for url in asked if "example.org" in url]


def test_a_table_row_is_a_list_of_names_and_values(serve_rows, page):
    with serve_rows(TABLE) as served:
        enter(page, served)
        row = int(page.input_value("input[name=row]"))
        assert page.locator("#text dt").all_inner_texts() == ["name", "price"]
        assert page.locator("#text dd").first.inner_text() == f"<b>thing {row}</b>"
        press(page, "2")
        assert page.locator(".recent .snippet").first.inner_text().startswith("name: <b>thing")

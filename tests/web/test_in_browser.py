"""The pages in a real Chromium: by keyboard, on a phone, with texts that try to run."""

import pytest

from mollia.web.seed_page import SeedDesk

from .at_the_page import CONTRAST, KEYS, enter, press, row_of


def test_twenty_rows_are_labelled_by_keyboard_with_a_reload_in_between(served, page):
    enter(page, served)
    labelled = []
    for number in range(20):
        row = row_of(page)
        assert page.locator("#text").evaluate("e => e === document.activeElement"), "the text has the focus"
        labelled.append(row)
        press(page, KEYS[served.gold[f"r{row}"]])
        assert page.inner_text("#said").startswith("Saved: ")
        if number == 9:
            before = row_of(page)
            page.reload()
            assert row_of(page) == before
            assert "10 of 25 labelled" in page.inner_text(".progress")
    assert labelled == SeedDesk(served.desk).rows[:20]
    found = served.desk.store.human("seed")
    assert list(found.ids) == [f"r{row}" for row in labelled]
    assert [served.gold[id_] for id_ in found.ids] == found.y.tolist()


def test_undo_skip_unsure_and_note_by_keyboard(served, page):
    enter(page, served)
    first = row_of(page)
    page.keyboard.press(",")
    page.keyboard.type("1 of 2 topics?.")
    assert row_of(page) == first, "digits typed into a note are not labels"
    page.keyboard.press("Enter")
    press(page, "2")
    (said,) = served.desk.store.said("seed")
    assert (said.y, said.note) == (1, "1 of 2 topics?.")
    press(page, "Backspace")
    assert row_of(page) == first
    press(page, ".")
    second = row_of(page)
    assert second != first
    press(page, "?")
    assert "1 unsure" in page.inner_text(".progress")
    assert len(served.desk.store.human("seed")) == 0


def test_a_held_key_labels_one_row_only(served, page):
    enter(page, served)
    page.keyboard.down("1")
    page.keyboard.down("1")  # what a held key sends: repeats
    page.keyboard.down("1")
    page.keyboard.up("1")
    page.wait_for_timeout(300)
    assert len(served.desk.store.human("seed")) == 1


def test_shortcuts_can_be_switched_off(served, page):
    enter(page, served)
    page.uncheck("#shortcuts")
    page.locator("#text").focus()
    page.keyboard.press("1")
    page.reload()
    page.keyboard.press("1")
    page.wait_for_timeout(200)
    assert not page.is_checked("#shortcuts")
    assert len(served.desk.store.human("seed")) == 0
    page.locator("button.class").first.focus()  # Tab and Enter still work
    press(page, "Enter")
    assert len(served.desk.store.human("seed")) == 1


def test_a_text_with_a_script_is_shown_and_not_run(serve, page):
    with serve(goal=90) as served:
        enter(page, served)
        page.goto(f"{served.origin}/?row=3")
        assert page.inner_text("#text").startswith("<script>document.title")
        press(page, "1")
        page.goto(f"{served.origin}/?row=3")
        assert page.title().startswith("Label")
        assert page.locator("#text script, #text img").count() == 0


def test_a_stopped_server_is_said_in_words_and_nothing_is_lost(serve, browser):
    context = browser.new_context()
    page = context.new_page()
    with serve(goal=25) as served:
        enter(page, served)
        press(page, "1")
    page.keyboard.press("1")
    page.wait_for_selector("#alert:not([hidden])")
    assert "does not answer" in page.inner_text("#alert")
    context.close()
    with serve(goal=25) as served:
        assert len(served.desk.store.human("seed")) == 1


def test_many_classes_are_found_by_typing(serve_folder, make_task, tmp_path, page):
    many = ("sport", "science", "world_news", *(f"topic {name}" for name in "abcdefghijklmnopqrst"))
    gold = make_task(tmp_path, classes=many)
    with serve_folder(tmp_path, gold) as served:
        enter(page, served)
        assert page.locator("#finder").evaluate("e => e === document.activeElement")
        assert page.locator(".class kbd:visible").all_inner_texts() == [*"123456789"]
        page.keyboard.type("topic r")
        assert page.locator(".class:visible").all_inner_texts() == ["1\ntopic r"]
        press(page, "Enter")
        page.keyboard.type("topic")
        assert page.locator(".class:visible").nth(1).inner_text().split("\n") == ["2", "topic b"]
        press(page, "2")
        assert page.inner_text("#said") == "Saved: topic b."
        press(page, ".")  # an empty finder leaves the commands' keys alone
        press(page, "Backspace")
        page.keyboard.type("zzz")
        assert page.is_visible("#no-class")
        page.keyboard.press("Enter")
        page.keyboard.press("Escape")
        assert page.locator(".class:visible").count() == 23
        assert [many[y] for y in served.desk.store.human("seed").y] == ["topic r"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_it_without_sideways_scrolling_and_with_contrast(served, browser, scheme):
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, color_scheme=scheme, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    enter(page, served)
    for _ in range(3):
        with page.expect_response("**/label"):
            page.tap("button.class >> nth=1")
    page.wait_for_timeout(50)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    small = page.evaluate(
        "[...document.querySelectorAll('button, .bar a')].filter(e => e.offsetParent && e.getBoundingClientRect().height < 24).length"
    )
    assert small == 0, "fingers can hit every target (WCAG 2.5.8)"
    assert page.evaluate(CONTRAST) == []
    context.close()


def test_a_screen_reader_finds_names_for_everything(served, page):
    enter(page, served)
    nameless = page.evaluate(
        "[...document.querySelectorAll('button, input:not([type=hidden]), a, progress')].filter(e => "
        "!(e.innerText?.trim() || e.labels?.length || e.getAttribute('aria-label'))).map(e => e.outerHTML)"
    )
    assert nameless == []
    assert page.locator("h1").count() == 1
    assert page.locator("main").count() == 1
    assert page.get_attribute("html", "lang") == "en"
    press(page, "1")
    assert page.locator("[role=status]").inner_text() == "Saved: sport."


def test_a_long_text_is_read_by_keyboard_while_the_finder_has_the_focus(
    serve_folder, make_task, tmp_path, page
):
    many = ("sport", "science", "world_news", *(f"topic {name}" for name in "abcdefghijklmnopqrst"))
    gold = make_task(tmp_path, classes=many)
    data = tmp_path / "texts.csv"
    data.write_text(data.read_text("utf-8").replace(" 1,", f" {'a long text ' * 1500}1,"), "utf-8")
    with serve_folder(tmp_path, gold, goal=90) as served:
        enter(page, served)
        page.goto(f"{served.origin}/?row=1")
        page.wait_for_selector("html[data-ready]", state="attached")
        assert page.locator("#finder").evaluate("e => e === document.activeElement")
        height = page.locator("#text").evaluate("e => e.clientHeight")
        seen = []
        for key in ("ArrowDown", "PageDown", "PageDown", "PageUp", "ArrowUp"):
            page.keyboard.press(key)
            page.wait_for_timeout(50)
            seen.append(page.locator("#text").evaluate("e => e.scrollTop"))
        assert 0 < seen[0] < height / 2 < seen[1] <= height < seen[2]
        assert seen[2] > seen[3] > seen[4]
        assert page.locator("#finder").evaluate("e => e === document.activeElement")
        page.keyboard.type("sci")
        press(page, "Enter")
        (said,) = served.desk.store.said("seed")
        assert (said.text_id, said.y) == ("r1", 1)


def test_an_open_page_says_that_its_server_is_gone_and_goes_on_after_a_restart(
    serve_folder, make_task, tmp_path, browser
):
    gold = make_task(tmp_path)
    context = browser.new_context()
    page = context.new_page()
    with serve_folder(tmp_path, gold, goal=25) as served:
        enter(page, served)
        press(page, "1")
        port, row = served.port, row_of(page)
    page.wait_for_selector("#alert:not([hidden])", timeout=20_000)
    assert "does not answer" in page.inner_text("#alert")
    with serve_folder(tmp_path, gold, port=port, goal=25) as again:
        page.wait_for_selector("#alert", state="hidden", timeout=20_000)
        assert page.inner_text("#said") == "mollia serve answers again."
        assert row_of(page) == row
        press(page, "2")
        assert [each.annotator for each in again.desk.store.said("seed")] == ["Kim", "Kim"]
        assert "2 of 25 labelled" in page.inner_text(".progress")
    (tmp_path / "task_out" / "page.secret").unlink()
    with serve_folder(tmp_path, gold, port=port, goal=25):
        page.wait_for_selector("text=another start of mollia serve", timeout=20_000)
    context.close()


@pytest.mark.parametrize(("width", "height"), [(390, 844), (390, 600), (1280, 860), (1280, 500)])
def test_what_the_page_says_covers_nothing_that_can_be_pressed(served, browser, width, height):
    context = browser.new_context(viewport={"width": width, "height": height})
    page = context.new_page()
    enter(page, served)
    page.evaluate("alertOf(LOST)")
    said = page.locator("#alert").bounding_box()
    assert said["y"] >= 0
    assert said["y"] + said["height"] < height
    for button in page.locator("button:visible, input:visible, nav a").all():
        button.scroll_into_view_if_needed()
        box = button.bounding_box()
        middle = [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2]
        assert page.evaluate("([x, y]) => document.elementFromPoint(x, y)?.id !== 'alert'", middle), (
            button.inner_text()
        )
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()

"""Take the pictures of README and tutorial, and write what the demo says into the README.

`make pictures` runs it, in a real Chromium; tests/cli/test_demo.py compares the README with a run of the demo.
"""

import io
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright
from tests.web.browsers import find_browser

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "docs" / "pictures"
MOLLIA = [sys.executable, "-m", "mollia"]
COLOURS = 128  # of a palette: pages of text look the same and take a third


def save(page, name, *, width, height):
    """Write the upper part of a page as a small PNG."""
    png = page.screenshot(clip={"x": 0, "y": 0, "width": width, "height": height})
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(PICTURES / f"{name}.png", optimize=True)


def picture_of_a_report(browser, report, name):
    page = browser.new_page(viewport={"width": 1120, "height": 1000})
    page.goto(report.as_uri())
    save(page, name, width=1120, height=660)


def picture_of_a_label_page(browser, folder, task, shown, name):
    words = [*MOLLIA, "serve", task, "--port", "0", "--no-browser"]
    with subprocess.Popen(words, cwd=folder, stdout=subprocess.PIPE, text=True) as server:
        try:
            page = browser.new_page(viewport={"width": 1120, "height": 860})
            page.goto(re.search(r"http\S+", server.stdout.readline())[0])
            page.fill("#name", "me")
            page.click("button.primary")
            page.wait_for_selector(f"text={shown}")
            save(page, name, width=1120, height=860)
        finally:
            server.terminate()


def pictures_of_the_tutorial(browser, folder):
    """Write the files of docs/tutorial.md, run its task, and take the label page before there is a seed."""
    page = (ROOT / "docs" / "tutorial.md").read_text("utf-8")
    for name, content in re.findall(r'```[a-z]+ title="([^"]+)"\n(.*?)```', page, re.DOTALL):
        (folder / name).write_text(content, "utf-8")
    subprocess.run([*MOLLIA, "run", "task.toml", "-q"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    picture_of_a_report(browser, folder / "task_out" / "report.html", "tutorial-report")
    without = (folder / "task.toml").read_text("utf-8").replace('[seed]\npath = "seed.csv"\n', "")
    (folder / "unlabelled.toml").write_text(without, "utf-8")
    picture_of_a_label_page(browser, folder, "unlabelled.toml", "Refund", "tutorial-label")


def with_what_it_says(readme, said):
    """Return the README with the demo's lines, up to the next steps, between its comments."""
    lines = said.split("\nNext:")[0].rstrip()
    return re.sub(
        r"(<!-- demo: .*?-->\n).*?(<!-- end of demo -->)",
        lambda found: f"{found[1]}\n```text\n{lines}\n```\n\n{found[2]}",
        readme,
        flags=re.DOTALL,
    )


def main():
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as written, sync_playwright() as playwright:
        folder = Path(written)
        words = [*MOLLIA, "demo", "--quiet"]
        said = subprocess.run(words, cwd=folder, check=True, stdout=subprocess.PIPE, text=True).stdout
        readme = ROOT / "README.md"
        readme.write_text(with_what_it_says(readme.read_text("utf-8"), said), "utf-8")
        browser = playwright.chromium.launch(executable_path=find_browser(), args=["--no-sandbox"])
        picture_of_a_report(browser, folder / "demo" / "report.html", "report")
        picture_of_a_label_page(browser, folder, "demo/task.toml", "Find a class", "label-page")
        pictures_of_the_tutorial(browser, folder)
        browser.close()


if __name__ == "__main__":
    main()

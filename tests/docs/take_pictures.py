"""Take the pictures of README and docs, and write what the demo says into the README.

`make pictures` runs it, in a real Chromium. Each picture comes in four forms: 1280 and 390 pixels wide, light and dark.
What can be read in them is kept beside them (shown.json): tests/docs/test_pictures.py compares it with the pages as they are
now. tests/cli/test_demo.py compares the README with a run of the demo.
"""

import io
import json
import re
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from html import escape
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright
from tests.docs.picture_forms import FORMS, LARGEST, PICTURES, SHOWN
from tests.web.browsers import find_browser

ROOT = Path(__file__).parents[2]
MOLLIA = [sys.executable, "-m", "mollia"]
# The pages' own words: no text, class or name of the data.
READ = """(height) => [...document.querySelectorAll(
  "nav[aria-label=Pages] a, h2, .commands > button, .filters label > span, .key dt, thead th.n, summary"
)].filter((e) => e.offsetParent && !e.closest(".voices, .confusion, .output"))
  .filter((e) => { const box = e.getBoundingClientRect(); return box.height > 1 && box.top >= 0 && box.bottom <= height; })
  .map((e) => [...e.childNodes].filter((n) => !["KBD", "SMALL"].includes(n.nodeName)).map((n) => n.textContent).join(""))
  .map((text) => text.replace(/\\s+/g, " ").trim()).filter(Boolean)"""


def small(picture):
    """A picture as WebP without loss, with fewer colours where it would be large: photos in it look nearly the same."""
    for colours in (None, 256, 128):
        few = picture.quantize(colours, dither=Image.Dither.NONE).convert("RGB") if colours else picture
        few.save(held := io.BytesIO(), "WEBP", lossless=True, quality=60, method=4)
        if held.tell() <= LARGEST:
            break
    return held.getvalue()


class Pictures:
    """Takes pictures of pages in every form, and keeps what can be read in them."""

    def __init__(self, browser):
        self.browser = browser
        self.shown = {}

    @contextmanager
    def window(self, form):
        context = self.browser.new_context(
            viewport={"width": form.width, "height": form.height},
            color_scheme=form.scheme,
            device_scale_factor=form.scale,
            is_mobile=form.phone,
            has_touch=form.phone,
            reduced_motion="reduce",
        )
        try:
            yield context.new_page()
        finally:
            context.close()

    def save(self, page, name, form, *, height=None):
        """Keep the upper part of a page as a small picture."""
        height = form.height if form.phone or height is None else height
        png = page.screenshot(clip={"x": 0, "y": 0, "width": form.width, "height": height})
        (PICTURES / form.file(name)).write_bytes(small(Image.open(io.BytesIO(png)).convert("RGB")))
        self.shown[form.file(name)] = sorted(set(page.evaluate(READ, height)))

    def of_a_file(self, name, path, *, height=None):
        """A file that a browser shows."""
        for form in FORMS:
            with self.window(form) as page:
                page.goto(path.as_uri())
                self.save(page, name, form, height=height)

    def of_a_task(self, folder, task, pages):
        """Pages of `mollia serve`: name of the picture -> (address, what is there once the page is whole, height)."""
        words = [*MOLLIA, "serve", task, "--port", "0", "--no-browser"]
        with subprocess.Popen(words, cwd=folder, stdout=subprocess.PIPE, text=True) as server:
            try:
                start = re.search(r"http\S+", server.stdout.readline())[0]
                for form in FORMS:
                    with self.window(form) as page:
                        page.goto(start)
                        page.fill("#name", "me")
                        page.click("button.primary")
                        page.wait_for_selector("#text")
                        for name, (address, whole, height) in pages.items():
                            page.goto(start.partition("/?")[0] + address)
                            page.wait_for_selector(whole, timeout=120_000)
                            page.goto(start.partition("/?")[0] + address)
                            page.wait_for_load_state("networkidle") if "img" in whole else None
                            self.save(page, name, form, height=height)
            finally:
                server.terminate()


CELLS = """<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
<style>
body { font: 15px/1.5 system-ui, "Liberation Sans", sans-serif; margin: 1.5rem; max-width: 76rem; color-scheme: light dark; }
pre { font: 14px/1.45 "DejaVu Sans Mono", monospace; margin: 0; padding: 0.7rem 0.9rem; overflow: auto;
  background: color-mix(in srgb, CanvasText 5%, Canvas); border: 1px solid color-mix(in srgb, CanvasText 14%, Canvas); }
.output { margin: 0.9rem 0.9rem 1.6rem; }
.output > pre { background: none; border: 0; padding: 0; }
svg { max-width: 27rem; height: auto; }
</style>"""


def cells_of(notebook, first, last):
    """Cells of a notebook of examples/, with the outputs that it holds, as HTML."""
    cells = json.loads((ROOT / "examples" / notebook).read_text("utf-8"))["cells"]
    shown = [CELLS]
    for cell in [each for each in cells if each["cell_type"] == "code"][first:last]:
        shown.append(f"<pre>{escape(''.join(cell['source']))}</pre>")
        for output in cell["outputs"]:
            data = output.get("data", {})
            html = data.get("text/html") or data.get("image/svg+xml")
            html = "".join(html) if html else f"<pre>{escape(''.join(output['text']))}</pre>"
            shown.append(f'<div class="output">{html[html.find("<svg") if "<svg" in html else 0 :]}</div>')
    return "\n".join(shown)


def pictures_of_the_tutorial(pictures, folder):
    """Write the files of docs/tutorial.md, run its task, and take the label page before there is a seed."""
    page = (ROOT / "docs" / "tutorial.md").read_text("utf-8")
    for name, content in re.findall(r'```[a-z]+ title="([^"]+)"\n(.*?)```', page, re.DOTALL):
        (folder / name).write_text(content, "utf-8")
    subprocess.run([*MOLLIA, "run", "task.toml", "-q"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    pictures.of_a_file("tutorial-report", folder / "task_out" / "report.html", height=660)
    without = (folder / "task.toml").read_text("utf-8").replace('[seed]\npath = "seed.csv"\n', "")
    (folder / "unlabelled.toml").write_text(without, "utf-8")
    pictures.of_a_task(folder, "unlabelled.toml", {"tutorial-label": ("/", "text=Refund", 450)})


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
        subprocess.run([*words, "--images"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        readme = ROOT / "README.md"
        readme.write_text(with_what_it_says(readme.read_text("utf-8"), said), "utf-8")
        browser = playwright.chromium.launch(executable_path=find_browser(), args=["--no-sandbox"])
        pictures = Pictures(browser)
        pictures.of_a_file("report", folder / "demo" / "report.html", height=690)
        pages = {
            "label-page": ("/", "text=Find a class", 860),
            "review": ("/review?queue=useful", ".voices", 980),
            "rows": ("/rows?q=tax&order=unsure", ".found mark", 780),
            "dashboard": ("/dashboard", ".figure >> nth=4", 860),
        }
        pictures.of_a_task(folder, "demo/task.toml", pages)
        pictures.of_a_task(
            folder, "demo-images/task.toml", {"images": ("/review?queue=split", ".neighbours img", 860)}
        )
        (folder / "cells.html").write_text(cells_of("03-a-data-frame.ipynb", 1, 4), "utf-8")
        pictures.of_a_file("notebook", folder / "cells.html", height=860)
        pictures_of_the_tutorial(pictures, folder)
        browser.close()
        for path in {*PICTURES.glob("*.webp"), *PICTURES.glob("*.png")}:
            if path.name not in pictures.shown:
                path.unlink()  # of a page that is shown no more
        SHOWN.write_text(json.dumps(pictures.shown, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()

"""How long the label page takes from a key to the next text on the screen, in a real Chromium.

`python -m tests.web.time_a_label` prints the median and the slowest tenth of 60 labels, for a task of 3 classes and for the
demo's 21; docs/label-and-review.md has the figures.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from playwright.sync_api import sync_playwright
from tests.web.browsers import find_browser
from tests.web.conftest import write_task

MOLLIA = [sys.executable, "-m", "mollia"]
N = 60
# From the key that gives a label until the frame after the next text has been drawn.
TIMED = """() => {
  window.times = [];
  let pressed = 0;
  addEventListener("keydown", () => { pressed = performance.now(); }, true);
  new MutationObserver(() => {
    const began = pressed;
    pressed = 0;
    if (began) requestAnimationFrame(() => setTimeout(() => times.push(performance.now() - began)));
  }).observe(document.querySelector("main"), { childList: true });
}"""


def times(browser, folder, task, keys):
    """Label N rows with the last of `keys` each time, after the others; return milliseconds."""
    words = [
        *MOLLIA,
        "serve",
        task,
        "--port",
        "0",
        "--no-browser",
        "--goal",
        str(N + 10),
        "--strategy",
        "random",
    ]
    with subprocess.Popen(words, cwd=folder, stdout=subprocess.PIPE, text=True) as server:
        try:
            page = browser.new_page()
            page.goto(re.search(r"http\S+", server.stdout.readline())[0])
            page.fill("#name", "me")
            page.click("button.primary")
            page.wait_for_selector("#text")
            page.wait_for_selector("html[data-ready]", state="attached")
            page.evaluate(TIMED)
            for done in range(N):
                page.wait_for_timeout(
                    50
                )  # nobody reads faster; keys before the page has settled are not taken
                for key in keys:
                    page.keyboard.press(key)
                page.wait_for_function("n => times.length > n", arg=done)
            return np.array(page.evaluate("times"))
        finally:
            server.terminate()


def main():
    with tempfile.TemporaryDirectory() as written, sync_playwright() as playwright:
        folder = Path(written)
        write_task(folder, n=900)
        subprocess.run([*MOLLIA, "demo", "-q"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        browser = playwright.chromium.launch(executable_path=find_browser(), args=["--no-sandbox"])
        for name, task, keys in (("3 classes", "task.toml", "1"), ("21 classes", "demo/task.toml", "h1")):
            took = times(browser, folder, task, keys)
            print(f"{name}: {np.median(took):.0f} ms, slowest tenth from {np.quantile(took, 0.9):.0f} ms")  # noqa: T201  # it prints its figure
        browser.close()


if __name__ == "__main__":
    main()

"""What a person does at the page, and what can be seen there."""

KEYS = "123"
# Texts whose colour differs too little from what is behind them (WCAG 1.4.3: 4.5 to 1).
CONTRAST = """
() => {
  const parse = (c) => { const m = c.match(/[\\d.]+/g).map(Number); return m.length > 3 ? m : [...m, 1]; };
  const linear = (v) => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const behind = (e) => {
    for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c[3] === 1) return c; }
    return [255, 255, 255, 1];
  };
  const poor = [];
  for (const e of document.querySelectorAll("body *")) {
    const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (!own || !e.offsetParent || e.closest(":disabled") || e.closest(".visually-hidden, .skip-link, svg")) continue;
    const [a, b] = [light(parse(getComputedStyle(e).color)), light(behind(e))].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) poor.push(`${e.tagName}.${e.className}: ${e.textContent.trim().slice(0, 30)}`);
  }
  return poor;
}
"""


def enter(page, served, name="Kim"):
    page.goto(served.url)
    page.wait_for_url("**/name")
    page.wait_for_selector("html[data-ready]", state="attached")
    page.wait_for_function("() => document.activeElement.id === 'name'")
    page.keyboard.type(name)
    page.keyboard.press("Enter")
    page.wait_for_selector("#text")
    page.wait_for_selector("html[data-ready]", state="attached")  # keys count from here on


def row_of(page):
    return int(page.input_value("input[name=row]"))


def press(page, key):
    """Press a key and wait until the server's answer is on the page."""
    page.wait_for_selector("html[data-ready]", state="attached")
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.keyboard.press(key)
    page.wait_for_function(
        "() => document.querySelector('#work') && !document.querySelector('.htmx-request')"
    )
    page.wait_for_timeout(30)

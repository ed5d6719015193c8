// Keys, focus and messages; everything else is HTML and htmx.
"use strict";

const SHORTCUTS = "mollia shortcuts";
const stored = (() => { try { return localStorage; } catch { return null; } })();
let busy = true; // until htmx, loaded before, has taken the page's forms over
setTimeout(() => {
  busy = false;
  document.documentElement.dataset.ready = ""; // keys count from here on
});

const work = () => document.getElementById("work");
const shown = (element) => element.offsetParent !== null && !element.disabled;
const isField = (element) => element.matches("input, textarea, select");

function press(key) {
  const button = [...work().querySelectorAll("[data-key]")].find((each) => each.dataset.key === key && shown(each));
  if (button) button.click();
  return Boolean(button);
}

// --- the finder of a task with many classes

const options = () => [...document.querySelectorAll("#class-list .class")];
const found = () => options().filter((each) => !each.hidden);

function narrow(finder) {
  const wanted = finder.value.trim().toLowerCase();
  for (const each of options()) {
    each.hidden = !each.querySelector("span").textContent.toLowerCase().includes(wanted);
  }
  found().forEach((each, place) => {
    each.classList.toggle("first", place === 0 && wanted !== "");
    const kbd = each.querySelector("kbd");
    kbd.hidden = place > 8;
    kbd.textContent = place + 1;
    if (kbd.hidden) delete each.dataset.key;
    else each.dataset.key = place + 1;
  });
  document.getElementById("no-class").hidden = found().length > 0;
}

// The finder has the focus, so it moves the text: by a line or by most of what is seen.
const SCROLLS = { ArrowUp: -1, ArrowDown: 1, PageUp: -10, PageDown: 10 };

function scrollText(by) {
  const text = document.getElementById("text");
  const box = text && text.scrollHeight > text.clientHeight ? text : document.scrollingElement;
  const line = 40;
  box.scrollBy(0, Math.abs(by) === 1 ? by * line : Math.sign(by) * (Math.min(box.clientHeight, window.innerHeight) - line));
}

function keyInFinder(event, finder) {
  const empty = finder.value === "";
  if (event.key in SCROLLS) {
    scrollText(SCROLLS[event.key]);
  } else if (event.key === "Enter") {
    if (!empty) found()[0]?.click();
  } else if (/^[1-9]$/.test(event.key)) {
    found()[Number(event.key) - 1]?.click();
  } else if (event.key === "Escape") {
    finder.value = "";
    narrow(finder);
  } else if (!(empty && [".", "?", ",", "Backspace"].includes(event.key) && command(event.key))) {
    return;
  }
  event.preventDefault();
}

// --- keys

function command(key) {
  const note = work().querySelector("[data-note]");
  if (key === "," && note) {
    note.focus();
    return true;
  }
  const search = key === "/" && document.querySelector("[data-search]");
  if (search) {
    search.select();
    return true;
  }
  return press(key);
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || !work()) return;
  const on = document.getElementById("shortcuts")?.checked;
  if (event.target.id === "finder") {
    if (event.repeat || busy) return;
    keyInFinder(event, event.target);
    return;
  }
  if (isField(event.target) && event.target.type !== "checkbox") {
    if (event.target.matches("[data-note]") && ["Enter", "Escape"].includes(event.key)) {
      (work().querySelector("[data-focus]") ?? work()).focus();
      event.preventDefault(); // a note is saved with the label, it is not one
    }
    return;
  }
  if (!on) return;
  if (event.key === "Enter" && event.target.matches("button, a, summary, input")) return;
  if (event.repeat || busy) return;
  if (command(event.key)) event.preventDefault();
});

document.addEventListener("input", (event) => {
  if (event.target.id === "finder") narrow(event.target);
  const all = event.target.dataset.all;
  if (all) work().querySelectorAll(`[name="${all}"]`).forEach((each) => { each.checked = event.target.checked; });
});

const shortcuts = document.getElementById("shortcuts");
if (shortcuts) {
  shortcuts.checked = stored?.getItem(SHORTCUTS) !== "off";
  shortcuts.addEventListener("change", () => stored?.setItem(SHORTCUTS, shortcuts.checked ? "on" : "off"));
}

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-play]")) return;
  const sound = work().querySelector("audio");
  if (sound.paused) sound.play();
  else sound.pause();
});

// --- requests: one at a time, so that no key lands on a row that has not been seen

function alertOf(text) {
  const alert = document.getElementById("alert");
  alert.textContent = text;
  alert.hidden = text === "";
}

const isQuiet = (event) => Boolean(event.detail.ctx?.sourceElement?.closest("[data-quiet]"));

// None but htmx may send a form; one that only looks for something becomes an address, which can be kept and gone back to.
document.addEventListener("submit", (event) => {
  event.preventDefault();
  const { go } = event.target.dataset;
  if (!go) return;
  const asked = [...new FormData(event.target)].filter(([, value]) => value !== "");
  location.assign(`${go}?${new URLSearchParams(asked)}`);
});
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-at-once] select")) event.target.form.requestSubmit();
});

document.addEventListener("htmx:before:request", (event) => {
  if (isQuiet(event)) return;
  busy = true;
  alertOf("");
});
document.addEventListener("htmx:finally:request", (event) => {
  if (!isQuiet(event)) busy = false;
});
document.addEventListener("htmx:response:error", (event) => {
  const html = new DOMParser().parseFromString(event.detail.ctx.text, "text/html");
  alertOf(html.body.innerText.trim() || "The server could not do that.");
});
document.addEventListener("htmx:error", lost);

// --- whether the server is still the one that made this page

const LOST = "The server does not answer. Nothing you saved is lost. Start mollia serve again, and this page goes on; if it prints another port, open the address printed in the terminal.";
const OTHER = "This page belongs to another start of mollia serve, or to another task. Nothing you saved is lost. Open the address printed in the terminal.";
const LOOK = 3000; // milliseconds between two looks
let gone = "";

function lost() {
  gone = LOST;
  alertOf(gone);
}

async function look() {
  if (document.hidden) return;
  let answer;
  try {
    answer = await fetch("/alive", { cache: "no-store" });
  } catch {
    lost();
    return;
  }
  if (answer.ok && gone) {
    gone = "";
    alertOf("");
    document.getElementById("said").textContent = "mollia serve answers again.";
  } else if (answer.status === 403) {
    gone = OTHER;
    alertOf(gone);
  }
}
setInterval(look, LOOK);

function settle() {
  const now = work();
  if (!now) return;
  document.getElementById("said").textContent = now.dataset.said ?? "";
  const finder = document.getElementById("finder");
  if (finder) narrow(finder);
  const focus = now.querySelector("[data-focus]");
  focus?.focus({ preventScroll: true });
  window.scrollTo({ top: 0 });
}
document.addEventListener("htmx:after:swap", (event) => {
  if (!isQuiet(event)) settle();
});
settle();

// --- what changes by itself: the server says so, the part is fetched again

for (const part of document.querySelectorAll("[data-live]")) {
  const events = new EventSource(part.dataset.live);
  events.addEventListener("changed", () => {
    const now = document.getElementById(part.id);
    if (now) htmx.trigger(now, "changed");
  });
  window.addEventListener("pagehide", () => events.close());
}

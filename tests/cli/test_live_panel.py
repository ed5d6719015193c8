"""doctor, plan, annotate, run and ledger against a real loopback server."""

import json
import re

import pytest
from tests.pictures import image
from tests.shop_task import SHOP

from mollia.ledger.sqlite_store import open_store
from mollia_benchmarks.loopback import LoopbackServer, Reply, chat_reply

CLASSES = ["refund", "delivery"]
TASK = (
    SHOP
    + """price_in = 1.0
{more}
[run]
out = "out"
"""
)


class Shop:
    """A server whose answer depends on the text; it remembers what it was asked, and may be gated."""

    def __init__(self):
        self.asked, self.prompts = [], []
        self.logprobs = True
        self.gate = None

    def __call__(self, request):
        if request.path == "/v1/models":
            return Reply(body={"data": [{"id": "m", "owned_by": "vllm", "max_model_len": 2048}]})
        if request.path != "/v1/chat/completions":
            return Reply(status=404)
        text = request.body["messages"][-1]["content"]
        self.asked.append(text)
        self.prompts.append(request.body["messages"])
        if self.gate is not None:
            self.gate(len(self.asked))
        p = 0.9 if "refund" in text else 0.2
        top = {"refund": p, "delivery": 0.95 - p} if self.logprobs else None
        return Reply(body=chat_reply(["refund" if p > 0.5 else "delivery"], top=top, prompt_tokens=50))


@pytest.fixture
def shop(tmp_path):
    handler = Shop()
    with LoopbackServer(handler) as server:

        def task(n=30, more=""):
            rows = [f"{i},{'where is my refund' if i % 3 else 'late parcel'} number {i}" for i in range(n)]
            (tmp_path / "shop.csv").write_text("\n".join(["id,text", *rows]))
            (tmp_path / "task.toml").write_text(TASK.replace("{url}", server.url).replace("{more}", more))
            return tmp_path

        yield handler, task


def test_doctor_says_what_the_server_can_do_and_plan_and_annotate_follow(shop, mollia):
    handler, task = shop
    folder = task()
    said = mollia(folder, "doctor", "task.toml")
    assert said.returncode == 0, said.stdout + said.stderr
    assert re.search(r"gemma: ready\s+http://127", said.stdout)
    assert re.search(r"server\s+vLLM", said.stdout)
    assert re.search(r"context\s+2048 tokens", said.stdout)
    assert re.search(r"label probabilities\s+yes, by top tokens, 2 alternatives", said.stdout)
    assert re.search(r"repeatable\s+yes", said.stdout)

    handler.asked.clear()
    said = mollia(folder, "plan", "task.toml", "-q")
    assert said.returncode == 0, said.stderr
    assert len(handler.asked) == 20
    assert re.search(r"^gemma +10 +10 +500 .*based on|20 answers", said.stdout, re.MULTILINE), said.stdout

    said = mollia(folder, "annotate", "task.toml", "-q")
    assert said.returncode == 0, said.stderr
    assert len(handler.asked) == 30, "what plan asked was kept"
    assert "10 answers came in, 20 were in the ledger; 10 calls" in said.stdout
    assert "gemma: 30/30 rows with a usable answer." in said.stdout

    said = mollia(folder, "ledger", "task.toml", "--export", "answers.parquet")
    assert "gemma: 30 answers, 0 failures, 30 calls, 1500 tokens read" in said.stdout
    assert "30 answers written to answers.parquet" in said.stdout
    said = mollia(folder, "ledger", "copy.sqlite", "--import", "out")
    assert "30 answers and 0 human labels taken over" in said.stdout
    with (
        open_store(folder / "copy.sqlite", read_only=True) as copy,
        open_store(folder / "out/ledger.sqlite") as own,
    ):
        assert [a.key for a in copy.all_answers()] == [a.key for a in own.all_answers()]
        said = mollia(folder, "annotate", "task.toml")
        assert said.returncode == 2
        assert "being written by another run" in said.stderr


def test_the_whole_run_works_on_a_live_panel(shop, mollia):
    _, task = shop
    folder = task(60)
    (folder / "seed.csv").write_text(
        "id,label\n" + "\n".join(f"{i},{CLASSES[i % 3 == 0]}" for i in range(12))
    )
    text = (
        (folder / "task.toml")
        .read_text()
        .replace("[run]", '[seed]\npath = "seed.csv"\n[query]\nbatch = 10\nrounds = 2\n[run]')
    )
    (folder / "task.toml").write_text(text)
    said = mollia(folder, "run", "task.toml", "-q")
    assert said.returncode == 0, said.stderr
    assert "60/60 rows labelled" in said.stdout
    labels = (folder / "out" / "labels.csv").read_text().splitlines()
    column = labels[0].split(",").index("label")
    assert [line.split(",")[column] for line in labels[1:4]] == ["delivery", "refund", "refund"]
    assert labels[0].split(",")[-1] == "gemma"
    assert {line.split(",")[-1] for line in labels[1:]} == {"delivery", "refund"}


def test_a_server_without_log_probabilities_is_told_with_the_remedy_before_the_run(shop, mollia):
    handler, task = shop
    handler.logprobs = False
    folder = task()
    said = mollia(folder, "doctor", "task.toml")
    assert said.returncode == 3
    assert "gemma: NOT READY" in said.stdout
    assert "field logprobs and drops it" in said.stdout
    assert "--max-logprobs" in said.stdout
    assert mollia(folder, "annotate", "task.toml", "-q").returncode == 3
    said = mollia(task(more="votes_only = true"), "doctor", "task.toml")
    assert said.returncode == 0, said.stdout
    assert "none: samples are counted instead" in said.stdout


def test_a_wrong_model_name_gets_the_names_that_are_served(tmp_path, mollia):
    def handler(request):
        if request.path == "/v1/models":
            return Reply(body={"data": [{"id": "gemma-2-9b-it", "owned_by": "vllm"}]})
        return Reply(status=404, body={"error": "The model `m` does not exist"})

    with LoopbackServer(handler) as server:
        (tmp_path / "shop.csv").write_text("id,text\n1,refund\n")
        (tmp_path / "task.toml").write_text(TASK.replace("{url}", server.url).replace("{more}", ""))
        said = mollia(tmp_path, "doctor", "task.toml")
    assert said.returncode == 3
    assert "It serves: gemma-2-9b-it" in said.stdout


def test_a_cap_ends_as_partial_and_keeps_what_came(shop, mollia):
    handler, task = shop
    folder = task(more="[budget]\ncalls = 12")
    said = mollia(folder, "annotate", "task.toml", "-q")
    assert said.returncode == 5
    assert "Partial: The budget of 12 calls is used up (12 spent)." in said.stdout
    assert len(handler.asked) == 12
    said = mollia(folder, "plan", "task.toml", "--measure", "0")
    assert "budget.calls = 12 will end the run as partial: about 18" in said.stdout


@pytest.mark.parametrize("choose", ["fixed", "nearest", "diverse"])
def test_labelled_examples_are_shown_and_never_the_row_s_own(shop, mollia, choose):
    handler, task = shop
    folder = task(30, more=f'[seed]\npath = "seed.csv"\n[examples]\nnumber = 4\nchoose = "{choose}"')
    (folder / "seed.csv").write_text("id,label\n" + "\n".join(f"{i},{CLASSES[i % 3 == 0]}" for i in range(8)))
    said = mollia(folder, "annotate", "task.toml", "-q")
    assert said.returncode == 0, said.stderr
    assert len(handler.prompts) == 30
    for prompt in handler.prompts:
        system, user = (message["content"] for message in prompt)
        shown = re.findall(r"Text: (.*)\nClass: (\w+)", system)
        assert len(shown) == 4 or (len(shown) == 3 and choose == "fixed")
        assert all((label == "refund") == ("refund" in text) for text, label in shown)
        assert user.removeprefix("Text: ").removesuffix("\nClass:") not in [text for text, _ in shown]


def test_examples_without_a_seed_are_refused(shop, mollia):
    _, task = shop
    said = mollia(task(more="[examples]\nnumber = 4"), "annotate", "task.toml", "-q")
    assert said.returncode == 2
    assert "the task has no seed to take them from" in said.stderr


def test_many_classes_are_shortlisted_and_the_recall_is_told_case_o13(tmp_path, mollia):
    names = [f"intent_{i}" for i in range(40)]

    def handler(request):
        if request.method == "GET":
            return Reply(body={"data": [{"id": "m", "owned_by": "vllm"}]})
        legend = request.body["messages"][0]["content"].partition("stands for the class:\n")[2]
        letters = {
            name: letter for letter, _, name in (line.partition(" = ") for line in legend.splitlines())
        }
        wanted = request.body["messages"][1]["content"].split()[-2]
        top = {letters.get(wanted, letters["none of these"]): 0.9}
        return Reply(body=chat_reply(["A"], top=top))

    with LoopbackServer(handler) as server:
        classes = "".join(f'[[classes]]\nname = "{name}"\n' for name in names)
        one, two = '[[classes]]\nname = "refund"\n', '[[classes]]\nname = "delivery"\n'
        text = TASK.replace(one, classes).replace(two, "").replace("{url}", server.url).replace("{more}", "")
        (tmp_path / "task.toml").write_text(
            text.replace('path = "shop.csv"', 'path = "shop.csv"\ngold = "gold"')
        )
        rows = [f"{i},I want {names[i]},{names[i or 1]}" for i in range(10)]  # the first gold label is wrong
        (tmp_path / "shop.csv").write_text("\n".join(["id,text,gold", *rows]))
        said = mollia(tmp_path, "annotate", "task.toml", "-q")
    assert said.returncode == 0, said.stderr
    assert "gemma: the true class was on the shortlist in 90.0% of the rows with gold." in said.stdout


def test_plan_counts_the_tokens_of_images_and_says_what_it_assumed(shop, mollia):
    _, task = shop
    folder = task(4, more="samples = 2")
    text = (
        (folder / "task.toml").read_text().replace('path = "shop.csv"', 'path = "rows.csv"\nimage = "image"')
    )
    (folder / "task.toml").write_text(text)
    (folder / "rows.csv").write_text("image\na.png\nb.png\n\n")
    (folder / "a.png").write_bytes(image(size=(40, 30)))  # one tile of OpenAI's: 255 tokens
    (folder / "b.png").write_bytes(image(size=(2048, 1024)))  # sent as 1024 x 512: two, 425
    said = mollia(folder, "plan", "task.toml", "--measure", "0", "--rows", "1000", "-q", "--json")
    assert said.returncode == 0, said.stdout
    (forecast,) = json.loads(said.stdout)["result"]["forecasts"]
    assert forecast["image_tokens"] == (255 + 425) / 2
    assert forecast["image_bytes"] > 500
    assert forecast["prompt_tokens"] > 2 * 1000 * forecast["image_tokens"]
    assert json.loads(said.stdout)["result"]["sizing"]["sent"] > 1000 * forecast["image_bytes"]
    said = mollia(folder, "plan", "task.toml", "--measure", "0", "-q")
    assert (
        "Images: 340 tokens each are assumed, the tiles by which OpenAI counts for GPT-4o (gemma)."
        in said.stdout
    )
    said = mollia(folder, "plan", "task.toml", "--measure", "1", "-q")
    assert "Images: their tokens are in what was measured (gemma)." in said.stdout, said.stdout + said.stderr
    assert "assumed" not in said.stdout


def test_plan_sizes_up_a_hundred_million_texts(shop, mollia):
    handler, task = shop
    folder = task()
    said = mollia(folder, "plan", "task.toml", "--rows", "100000000", "--measure", "5", "-q")
    assert said.returncode == 0, said.stderr
    assert len(handler.asked) == 5
    assert re.search(r"^gemma +100000000 +100000000 +5000000000 ", said.stdout, re.MULTILINE), said.stdout
    assert "For 100,000,000 texts like these:" in said.stdout
    assert re.search(r"asking gemma +[\d,.]+  [\d,]+ such servers?$", said.stdout, re.MULTILINE), said.stdout
    assert re.search(r"storage: texts [\d.]+ GB, ledger 30 GB, ", said.stdout), said.stdout
    assert re.search(
        r"slowest: asking gemma; with servers enough, (writing the ledger|fusing)$", said.stdout, re.MULTILINE
    )
    assert "instead: ask about 50,000 of them" in said.stdout
    said = mollia(folder, "plan", "task.toml", "--rows", "1000000", "--measure", "0", "-q")
    assert len(handler.asked) == 5, "what was measured before serves again"

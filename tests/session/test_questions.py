"""What a panel member's table changes about its questions."""

from mollia.data.read import read_pool
from mollia.session.questions import questions_by_llm
from mollia.task.load import load_task

TASK = """
name = "post"
instruction = "What is the letter about?"
[data]
path = "texts.csv"
[[classes]]
name = "parcels"
[[classes]]
name = "money"
[[panel]]
name = "first"
kind = "openai"
url = "http://127.0.0.1:9/v1"
model = "m"
[[panel]]
name = "same settings"
kind = "openai"
url = "http://127.0.0.1:9/v1"
model = "m"
[[panel]]
name = "other wording"
kind = "openai"
url = "http://127.0.0.1:9/v1"
model = "m"
variant = 1
"""


def test_a_variant_asks_the_same_model_in_another_order_and_wording(tmp_path):
    (tmp_path / "texts.csv").write_text("text\nWhere is it?\n")
    (tmp_path / "task.toml").write_text(TASK)
    task = load_task(tmp_path / "task.toml")
    asked = questions_by_llm(task, read_pool(task.data.path, classes=task.labels))
    (first,), (same,), (other,) = (asked[member.name] for member in task.panel)
    assert first == same
    assert other.key != first.key
    assert first.prompt.system.index("- parcels") < first.prompt.system.index("- money")
    assert other.prompt.system.index("- money") < other.prompt.system.index("- parcels")
    assert other.prompt.user == first.prompt.user
    assert other.classes == first.classes, "class numbers do not follow the order that is shown"


SEED = "id,label\n1,parcels\n2,money\n3,parcels\n"
OWN = """
[seed]
path = "seed.csv"
[examples]
number = 1
[[panel]]
name = "none"
kind = "openai"
url = "http://127.0.0.1:9/v1"
model = "m"
examples = 0
[[panel]]
name = "two near"
kind = "openai"
url = "http://127.0.0.1:9/v1"
model = "m"
examples = 2
choose = "nearest"
"""


def test_a_member_has_examples_of_its_own_and_the_others_those_of_the_task(tmp_path):
    texts = ["The parcel is late", "Refund me", "My parcel was lost", "Where is the parcel that was lost?"]
    (tmp_path / "texts.csv").write_text(
        "id,text\n" + "".join(f"{n},{text}\n" for n, text in enumerate(texts, 1))
    )
    (tmp_path / "seed.csv").write_text(SEED)
    (tmp_path / "task.toml").write_text(TASK + OWN)
    task = load_task(tmp_path / "task.toml")
    asked = questions_by_llm(task, read_pool(task.data.path, classes=task.labels))
    shown = {llm: questions[3].prompt.system.split("Text: ")[1:] for llm, questions in asked.items()}
    assert [each.split("\n")[0] for each in shown["first"]] == ["The parcel is late"]
    assert shown["none"] == []
    assert {each.split("\n")[0] for each in shown["two near"]} == {"The parcel is late", "My parcel was lost"}
    assert len({questions[3].key for questions in asked.values()}) == 4, "first and same settings share one"

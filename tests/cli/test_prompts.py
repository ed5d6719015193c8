"""`mollia prompts`, with real servers that answer some wordings better than others."""

import json

from tests.cli.conftest import CLASSES
from tests.cli.test_output import DOCS, keys

from mollia.annotate.prompt import CLOSINGS
from mollia_benchmarks.loopback import Reply, chat_reply

RECORDED = '[[panel]]\nname = "old"\nkind = "recorded"\npath = "old.csv"\n'


class Fickle:
    """A server whose LLM understands one wording, or one number of examples, and guesses otherwise."""

    def __init__(self, understands=lambda _system: False, broken=lambda _text: False):
        self.understands, self.broken, self.asked = understands, broken, []

    def __call__(self, request):
        if request.path == "/v1/models":
            return Reply(body={"data": [{"id": "m", "owned_by": "vllm", "max_model_len": 2048}]})
        if request.path != "/v1/chat/completions":
            return Reply(status=404)
        *before, last = (message["content"] for message in request.body["messages"])
        system, text = " ".join(before), last
        self.asked.append(text)
        if self.broken(text):
            return Reply(status=400, body={"error": {"message": "this text is not for me"}})
        right = "refund" in text if self.understands(system) else "7" in text
        top = {CLASSES[not right]: 0.8, CLASSES[right]: 0.15} if request.body.get("logprobs") else None
        return Reply(body=chat_reply([CLASSES[not right]], top=top, prompt_tokens=50))


def test_the_wording_that_an_llm_understands_is_found_and_its_answers_are_not_asked_for_again(shop, mollia):
    server = Fickle(lambda system: CLOSINGS[1] in system)
    folder = shop(60, seed=40, gemma=server)
    done = mollia(folder, "prompts", "task.toml", "-q")
    assert done.returncode == 0, done.stderr
    assert "gemma: ask with variant 1, no examples." in done.stdout
    assert "variant = 1\nexamples = 0" in done.stdout
    asked = len(server.asked)
    again = mollia(folder, "prompts", "task.toml", "-q", "--json")
    assert len(server.asked) == asked
    (llm,) = json.loads(again.stdout)["result"]["llms"]
    assert llm["changed"]
    assert llm["kept"]["variant"] == 1
    assert llm["kept"]["right"] == 1.0
    assert llm["right_gain"]["low"] > 0
    assert [way["lacking"] for way in llm["ways"]] == [0] * 6
    assert not {key for key in keys(json.loads(again.stdout)["result"]) if f"`{key}`" not in DOCS}
    task = (folder / "task.toml").read_text()
    (folder / "task.toml").write_text(task.replace('model = "m"', 'model = "m"\nvariant = 1\nexamples = 0'))
    server.asked.clear()
    assert mollia(folder, "annotate", "task.toml", "-q").returncode == 0
    assert len(set(server.asked)) == 20, "the labelled rows were asked in this way before"


def test_examples_are_chosen_where_they_help_and_never_show_a_row_its_own_label(shop, mollia):
    server = Fickle(lambda system: system.count("Text: ") >= 3)
    folder = shop(50, seed=40, gemma=server)
    done = mollia(folder, "prompts", "task.toml", "-q", "--variants", "0", "--examples", "0,4,4:nearest")
    assert done.returncode == 0, done.stderr
    assert "gemma: ask with variant 0, 4 " in done.stdout


def test_where_no_way_is_better_the_present_one_is_kept(shop, mollia):
    folder = shop(60, seed=40, gemma=Fickle())
    done = mollia(folder, "prompts", "task.toml", "-q")
    assert done.returncode == 0, done.stderr
    assert "gemma: keep variant 0, no examples; nothing else scores better." in done.stdout
    assert "Write into the task file" not in done.stdout


def test_with_answers_lacking_nothing_is_chosen_and_the_same_command_goes_on(shop, mollia):
    server = Fickle(lambda system: CLOSINGS[1] in system, broken=lambda text: "number 3\n" in text)
    folder = shop(60, seed=40, gemma=server)
    done = mollia(folder, "prompts", "task.toml", "-q")
    assert done.returncode == 5
    assert "1 rows without an answer" in done.stdout
    assert "gemma: answers are lacking, so nothing was chosen." in done.stdout
    server.broken = lambda _text: False
    server.asked.clear()
    done = mollia(folder, "prompts", "task.toml", "-q")
    assert done.returncode == 0
    assert "ask with variant 1" in done.stdout
    assert {text for text in server.asked if "number 3\n" not in text} == set()


def test_what_cannot_be_tried_is_said(shop, mollia):
    folder = shop(30, seed=12, gemma=Fickle())
    few = mollia(folder, "prompts", "task.toml", "-q")
    assert few.returncode == 4
    assert "12 labelled texts are too few to choose among prompts" in few.stderr
    folder = shop(30, seed=25, gemma=Fickle())
    for words, said in (
        (("--examples", "4:best"), '--examples: "4:best" is not a number'),
        (("--variants", "a"), '--variants: "a" is not a list of numbers'),
        (("--llms", "gema"), 'The panel has no LLM "gema". Did you mean "gemma"?'),
    ):
        done = mollia(folder, "prompts", "task.toml", "-q", *words)
        assert done.returncode == 2
        assert said in done.stderr


def test_recorded_answers_are_left_out_by_name(shop, mollia):
    folder = shop(40, seed=30, gemma=Fickle(), budget=RECORDED)
    rows = "\n".join(f"{row},refund" for row in range(40))
    (folder / "old.csv").write_text(f"id,old\n{rows}\n")
    done = mollia(folder, "prompts", "task.toml", "-q", "--variants", "0,1", "--examples", "0")
    assert done.returncode == 0, done.stderr
    assert "Left out, as recorded answers cannot be asked for in another way: old." in done.stderr
    alone = mollia(folder, "prompts", "task.toml", "-q", "--llms", "old")
    assert alone.returncode == 2
    assert "the answers of old are recorded" in alone.stderr

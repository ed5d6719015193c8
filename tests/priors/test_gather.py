import numpy as np
import pytest

from mollia.annotate.openai_member import OpenAIMember
from mollia.arrays import one_hot
from mollia.errors import DataError
from mollia.priors.gather import Finished, Identity, Judged, gather, identity
from mollia.records import PanelAnswers


@pytest.fixture
def finished():
    """200 rows of two classes; LLM a is right in 9 of 10, b in 6 of 10 and says "no" too often, c is silent."""
    rng = np.random.default_rng(0)
    gold = rng.integers(2, size=200)
    c = np.zeros((200, 3, 2))
    c[:, 0] = one_hot(np.where(rng.random(200) < 0.9, gold, 1 - gold), 2)
    c[:, 1] = one_hot(np.where((gold == 1) & (rng.random(200) < 0.8), 0, gold), 2)
    c[:10, 1] = 0
    human = np.arange(60)
    return gold, Finished(
        classes=("no", "yes"),
        answers=PanelAnswers(ids=[f"row{i}" for i in range(200)], llms=["a", "b", "c"], z=c, c=c),
        posterior=0.9 * one_hot(gold, 2) + 0.05,
        judged=Judged(
            rows=human,
            y=gold[human],
            probs=0.9 * one_hot(gold[human], 2) + 0.05,
            weight=np.ones(60),
            even=True,
        ),
        human_labels=60,
        identities={"a": Identity(name="a", model="a-7b-q4", prompt="chat")},
        seconds={"a": 0.25},
        tokens={"a": 310.0},
    )


def test_an_llm_is_described_by_what_it_showed(finished):
    gold, task = finished
    priors = gather([task])
    assert [llm.name for llm in priors.llms] == ["a", "b"]  # c never answered
    a, b = (llm.shown[0] for llm in priors.llms)
    right = (task.answers.c[:, 0].argmax(1) == gold).mean()
    assert a.accuracy.low <= right <= a.accuracy.high
    assert a.accuracy.value == pytest.approx(right, abs=0.05)
    assert (a.invalid, b.invalid) == (0.0, 0.05)
    assert b.bias["no"] > 0.2 > abs(a.bias["no"])
    assert b.confusion["yes"]["no"] > b.confusion["yes"]["yes"]
    assert a.sharpness == 1.0
    assert (a.seconds, a.tokens, b.seconds) == (0.25, 310.0, None)
    assert (priors.llms[0].model, priors.llms[0].prompt) == ("a-7b-q4", "chat")


def test_rows_that_stand_for_more_others_count_for_more(finished):
    gold, task = finished
    said = task.answers.c[:, 0].argmax(1)
    weight = np.where(said[:60] == gold[:60], 1.0, 9.0)
    judged = Judged(
        rows=task.judged.rows, y=task.judged.y, probs=task.judged.probs, weight=weight, even=False
    )
    uneven = Finished(
        classes=task.classes, answers=task.answers, posterior=task.posterior, judged=judged, human_labels=60
    )
    values = [gather([each]).llms[0].shown[0].accuracy.value for each in (task, uneven)]
    assert values[1] < values[0]


def test_no_id_stands_in_what_is_kept(finished):
    assert "row" not in gather([finished[1]]).model_dump_json().replace('"rows"', "")


def test_nothing_to_learn_from_is_said():
    with pytest.raises(DataError, match="no finished task"):
        gather([])


def test_a_members_address_key_and_path_are_not_part_of_how_it_is_known(tmp_path):
    llm = OpenAIMember(
        kind="openai",
        name="q",
        url="http://10.0.0.9:8000/v1",
        model=f"{tmp_path}/qwen-q4.gguf",
        api_key_env="MY_KEY",
    )
    assert identity(llm) == Identity(name="q", model="qwen-q4.gguf", prompt="chat")
    assert identity(llm.model_copy(update={"model": "owner/name"})).model == "owner/name"

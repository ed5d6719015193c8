import numpy as np
import pytest

from mollia.priors.file import LLM, Accuracy, PastTask, Priors, Shown
from mollia.priors.gather import Identity
from mollia.priors.match import known_llms
from mollia.priors.merge import merged

CLASSES = (("yes",), ("no", "nope"))


def shown(task, right, confusion=None, half=0.05):
    accuracy = Accuracy(value=right, low=right - half, high=right + half)
    return Shown(
        task=task, rows=100, invalid=0, accuracy=accuracy, sharpness=1, bias={}, confusion=confusion or {}
    )


def priors(classes=("no", "yes"), **llms):
    return Priors(
        tasks=(PastTask(number=1, classes=classes, rows=100, human_labels=50),),
        llms=tuple(LLM(name=name, shown=(each,)) for name, each in llms.items()),
    )


def known(found, *names):
    return known_llms(found, [Identity(name=name) for name in names], CLASSES)


def test_the_better_llm_has_the_greater_skill_and_an_unknown_one_none():
    found = known(priors(a=shown(1, 0.9), b=shown(1, 0.6)), "b", "new", "a")
    assert found.skill[2] > 0 > found.skill[0]
    assert np.isnan(found.skill[1])
    assert found.skill[2] == pytest.approx(-found.skill[0], abs=0.2)


def test_how_hard_the_task_was_drops_out():
    easy, hard = (known(priors(a=shown(1, p), b=shown(1, p)), "a", "b") for p in (0.9, 0.4))
    assert easy.skill == pytest.approx(hard.skill)


def test_skills_shrink_the_fewer_labels_they_rest_on():
    sure, unsure = (
        known(priors(a=shown(1, 0.8, half=h), b=shown(1, 0.6, half=h)), "a", "b").skill[0]
        for h in (0.02, 0.2)
    )
    assert sure > unsure > 0


def test_more_tasks_shrink_less():
    one = priors(a=shown(1, 0.8), b=shown(1, 0.6))
    assert known(merged([one, one, one]), "a", "b").skill[0] > known(one, "a", "b").skill[0] > 0


def test_confusions_follow_the_panels_order_of_classes_by_name_and_alias():
    counts = {"NOPE": {"NOPE": 30.0, "yes": 5.0}, "yes": {"yes": 60.0, "NOPE": 2.0}}
    found = known(priors(("NOPE", "yes"), a=shown(1, 0.9, counts), b=shown(1, 0.5)), "a", "b")
    assert found.confusion[0].tolist() == [[60.0, 2.0], [5.0, 30.0]]
    assert not found.confusion[1].any()


def test_confusions_of_other_classes_are_left_out():
    counts = {"no": {"no": 30.0}}
    found = known(priors(("no", "yes", "maybe"), a=shown(1, 0.9, counts), b=shown(1, 0.5)), "a", "b")
    assert not found.confusion.any()
    assert found.skill[0] > 0


def test_a_panel_of_strangers_knows_nothing():
    assert known(priors(a=shown(1, 0.9)), "b", "c") is None


@pytest.mark.parametrize(
    ("llm", "same"),
    [
        (Identity(name="a"), True),
        (Identity(name="a", model="m-q4", prompt="chat"), True),
        (Identity(name="other", model="m-q4"), True),
        (Identity(name="a", model="m-q8"), False),
        (Identity(name="a", prompt="plain"), False),
        (Identity(name="a", variant=1), False),
        (Identity(name="other"), False),
    ],
)
def test_an_llm_is_the_same_by_name_or_model_in_the_same_form(llm, same):
    one = LLM(name="a", model="m-q4", prompt="chat", shown=(shown(1, 0.9),))
    found = Priors(
        tasks=(PastTask(number=1, classes=("no", "yes"), rows=9, human_labels=9),),
        llms=(one, LLM(name="b", shown=(shown(1, 0.5),))),
    )
    assert (known_llms(found, [llm, Identity(name="b")], CLASSES).skill[0] > 0) == same


def test_files_join_with_their_tasks_numbered_anew():
    one = priors(a=shown(1, 0.9), b=shown(1, 0.5))
    both = merged([one, priors(a=shown(1, 0.7))])
    assert [task.number for task in both.tasks] == [1, 2]
    assert [[each.task for each in llm.shown] for llm in both.llms] == [[1, 2], [1]]

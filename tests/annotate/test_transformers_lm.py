"""transformers in process, on a tiny model."""

import numpy as np
import pytest
import torch
import transformers

from mollia.annotate.transformers_lm import TransformersLM
from mollia.errors import ServerCannot

from .asked import questions_about
from .tiny_lm import write_tiny

CLASSES = ["human", "humanity", "location"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_tiny(tmp_path_factory.mktemp("tiny"))


def questions(*texts, **settings):
    ids = [str(i) for i in range(len(texts))]
    return questions_about(ids, texts, **{"instruction": "Which class?", "classes": CLASSES} | settings)


def direct(folder, question):
    """The labels' probabilities, each whole text read anew without a cache."""
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model = transformers.AutoModelForCausalLM.from_pretrained(folder).eval()
    prompt = tokenizer.encode(f"{question.prompt.system}\n\n{question.prompt.user}")
    mass = np.zeros(3)
    spelled = {
        tuple(tokenizer.encode(" " + form)): k
        for k, name in reversed(list(enumerate(CLASSES)))
        for form in (name, name.capitalize())
    }
    for tokens, k in spelled.items():
        with torch.inference_mode():
            logits = model(torch.tensor([prompt + list(tokens)])).logits[0].log_softmax(-1)
        p = sum(float(logits[len(prompt) - 1 + i, t]) for i, t in enumerate(tokens))
        mass[k] += np.exp(p)
        going_on = {t[len(tokens)] for t in spelled if t[: len(tokens)] == tokens and t != tokens}
        for following in going_on:  # "human" that goes on as "humanity" does is not "human"
            mass[k] -= np.exp(p + _step(model, prompt + list(tokens), following))
    return mass


def _step(model, prompt, token):
    with torch.inference_mode():
        return float(model(torch.tensor([prompt])).logits[0, -1].log_softmax(-1)[token])


def test_z_is_what_reading_every_label_whole_would_give(folder, monkeypatch):
    monkeypatch.setattr("mollia.annotate.label_probs.NEGLIGIBLE", 0.0)
    asked = questions("text number one", "another text", "text number one two")
    for question, answer in zip(
        asked, TransformersLM("tiny", folder, chat=False).annotate(asked), strict=True
    ):
        mass = direct(folder, question)
        np.testing.assert_allclose(np.exp(answer.label_logprobs), mass / mass.sum(), rtol=1e-3)
        assert answer.unseen_mass == pytest.approx(1 - mass.sum(), abs=1e-6)


def test_what_prompts_share_is_read_once(folder):
    first, second = TransformersLM("tiny", folder, chat=False).annotate(questions("text one", "text two"))
    assert second.prompt_tokens < first.prompt_tokens / 4


def test_samples_are_replies_as_many_as_asked(folder):
    (answer,) = TransformersLM("tiny", folder, chat=False, max_tokens=4).annotate(
        questions("text", samples=3)
    )
    assert len(answer.replies) == 3
    assert answer.reply_tokens == 12


def test_a_text_that_does_not_fit_is_a_named_problem(folder):
    (answer,) = TransformersLM("tiny", folder, chat=False).annotate(questions("text " * 900))
    assert answer.problem.startswith("text too long: ")


def test_a_model_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ServerCannot, match="tiny: transformers cannot load"):
        list(TransformersLM("tiny", tmp_path).annotate(questions("text")))


def test_the_fingerprint_follows_the_weights(folder, tmp_path):
    assert TransformersLM("tiny", folder).fingerprint() == TransformersLM("other", folder).fingerprint()
    assert (
        TransformersLM("tiny", folder).fingerprint()
        != TransformersLM("tiny", folder, chat=False).fingerprint()
    )


def test_a_probe_says_what_the_model_can_do(folder):
    found = TransformersLM("tiny", folder, chat=False).probe(questions("a text", "another", samples=3))
    assert (found.problem, found.reachable, found.repeatable) == ("", True, True)
    assert (found.context, found.label_probabilities) == (1024, "named tokens")
    assert found.seconds_per_text > 0


@pytest.mark.parametrize(("text", "said"), [("word " * 4000, "text too long"), ("a text", "")])
def test_a_text_that_does_not_fit_is_a_problem_of_the_probe(folder, text, said):
    assert said in TransformersLM("tiny", folder, chat=False).probe(questions(text)).problem


def test_a_model_that_cannot_be_loaded_is_a_problem_and_no_exception(tmp_path):
    found = TransformersLM("gone", tmp_path).probe(questions("a text"))
    assert "cannot load" in found.problem
    assert found.hint

"""transformers in process, on a tiny model."""

import numpy as np
import pytest
import torch
import transformers

from mollia.annotate.transformers_lm import TransformersLM
from mollia.errors import ServerCannot

from .tiny_lm import CLASSES, questions


def direct(tiny_model, question):
    """The labels' probabilities, each whole text read anew without a cache."""
    tokenizer = transformers.AutoTokenizer.from_pretrained(tiny_model)
    model = transformers.AutoModelForCausalLM.from_pretrained(tiny_model).eval()
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


def test_z_is_what_reading_every_label_whole_would_give(tiny_model, monkeypatch):
    monkeypatch.setattr("mollia.annotate.label_probs.NEGLIGIBLE", 0.0)
    asked = questions("text number one", "another text", "text number one two")
    for question, answer in zip(
        asked, TransformersLM("tiny", tiny_model, chat=False).annotate(asked), strict=True
    ):
        mass = direct(tiny_model, question)
        np.testing.assert_allclose(np.exp(answer.label_logprobs), mass / mass.sum(), rtol=1e-3)
        assert answer.unseen_mass == pytest.approx(1 - mass.sum(), abs=1e-6)


def test_what_prompts_share_is_read_once(tiny_model):
    first, second = TransformersLM("tiny", tiny_model, chat=False).annotate(questions("text one", "text two"))
    assert second.prompt_tokens < first.prompt_tokens / 4


def test_samples_are_replies_as_many_as_asked(tiny_model):
    (answer,) = TransformersLM("tiny", tiny_model, chat=False, max_tokens=4).annotate(
        questions("text", samples=3)
    )
    assert len(answer.replies) == 3
    assert answer.reply_tokens == 12


def test_a_text_that_does_not_fit_is_a_named_problem(tiny_model):
    (answer,) = TransformersLM("tiny", tiny_model, chat=False).annotate(questions("text " * 900))
    assert answer.problem.startswith("text too long: ")


def test_a_model_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ServerCannot, match="tiny: transformers cannot load"):
        list(TransformersLM("tiny", tmp_path).annotate(questions("text")))


def test_the_fingerprint_follows_the_weights(tiny_model, tmp_path):
    assert (
        TransformersLM("tiny", tiny_model).fingerprint() == TransformersLM("other", tiny_model).fingerprint()
    )
    assert (
        TransformersLM("tiny", tiny_model).fingerprint()
        != TransformersLM("tiny", tiny_model, chat=False).fingerprint()
    )


def test_a_probe_says_what_the_model_can_do(tiny_model):
    found = TransformersLM("tiny", tiny_model, chat=False).probe(questions("a text", "another", samples=3))
    assert (found.problem, found.reachable, found.repeatable) == ("", True, True)
    assert (found.context, found.label_probabilities) == (1024, "named tokens")
    assert found.seconds_per_text > 0


@pytest.mark.parametrize(("text", "said"), [("word " * 4000, "text too long"), ("a text", "")])
def test_a_text_that_does_not_fit_is_a_problem_of_the_probe(tiny_model, text, said):
    assert said in TransformersLM("tiny", tiny_model, chat=False).probe(questions(text)).problem


def test_a_model_that_cannot_be_loaded_is_a_problem_and_no_exception(tmp_path):
    found = TransformersLM("gone", tmp_path).probe(questions("a text"))
    assert "cannot load" in found.problem
    assert found.hint

"""The member that vLLM reads; its engine is played by transformers, with the calls and results that vLLM documents.

The real engine takes gigabytes and pins other libraries: `python tools/vllm_engine.py` runs this member in it.
"""

import sys
import threading
from dataclasses import dataclass, field
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
import torch
import transformers

from mollia.annotate import vllm_engine
from mollia.annotate.transformers_lm import TransformersLM
from mollia.annotate.vllm_engine import VLLM, VLLMMember
from mollia.errors import MissingExtra, ServerCannot
from mollia.testing import check_annotator

from .tiny_lm import questions, write_tiny


@dataclass(frozen=True, kw_only=True)
class SamplingParams:
    """As much of vLLM's as is used."""

    n: int = 1
    temperature: float = 1.0
    top_p: float = 1.0
    max_tokens: int = 16
    logprobs: int | None = None
    detokenize: bool = True
    stop: list | None = None


@dataclass
class LLM:
    """Reads a prompt at a time; keeps how it was made and how many prompts each call had."""

    model: str
    max_model_len: int | None
    max_logprobs: int
    gpu_memory_utilization: float
    enable_prefix_caching: bool
    use_tqdm_on_load: bool
    enforce_eager: bool
    calls: list = field(default_factory=list)
    broken: bool = False

    def __post_init__(self):
        if self.model == "no-memory":
            raise RuntimeError("Engine core initialization failed.\nSee root cause above.")
        self._tokenizer = transformers.AutoTokenizer.from_pretrained(self.model)
        self._model = transformers.AutoModelForCausalLM.from_pretrained(self.model).eval()
        config = self._model.config
        told = SimpleNamespace(
            max_model_len=self.max_model_len or config.max_position_embeddings,
            get_vocab_size=lambda: config.vocab_size,
        )
        self.llm_engine = SimpleNamespace(model_config=told)
        self.thread = threading.current_thread()
        MADE.append(self)

    def get_tokenizer(self):
        return self._tokenizer

    def generate(self, prompts, sampling_params, *, use_tqdm):
        assert not use_tqdm
        assert threading.current_thread() is self.thread, "the engine is used by the thread that made it"
        if self.broken:
            raise RuntimeError("CUDA out of memory")
        self.calls.append(len(prompts))
        return [
            self._read(prompt["prompt_token_ids"], how)
            for prompt, how in zip(prompts, sampling_params, strict=True)
        ]

    def _read(self, ids, how):
        assert all(type(token) is int for token in ids)
        if how.logprobs is None:
            outputs = [
                SimpleNamespace(index=i, text=f"human {i}", token_ids=[5] * how.max_tokens, logprobs=None)
                for i in reversed(range(how.n))
            ]
            return SimpleNamespace(outputs=outputs, num_cached_tokens=len(ids) - 1)
        with torch.inference_mode():
            logprobs = self._model(torch.tensor([ids])).logits[0, -1].log_softmax(-1)
        assert how.logprobs <= min(self.max_logprobs, len(logprobs)), "selected index k out of range"
        best = logprobs.argsort(descending=True)[: how.logprobs]
        listed = {
            int(token): SimpleNamespace(logprob=float(logprobs[token]), rank=i + 1)
            for i, token in enumerate(best)
        }
        outputs = [SimpleNamespace(index=0, text="", token_ids=[int(best[0])], logprobs=[listed])]
        return SimpleNamespace(outputs=outputs, num_cached_tokens=None)


MADE = []


@pytest.fixture(autouse=True)
def vllm(monkeypatch):
    module = ModuleType("vllm")
    module.LLM, module.SamplingParams = LLM, SamplingParams
    module.platforms = SimpleNamespace(current_platform=SimpleNamespace(is_cpu=lambda: True))
    monkeypatch.setitem(sys.modules, "vllm", module)
    for name in vllm_engine.SETTINGS:
        monkeypatch.setenv(name, "")  # so that it is unset again after the test
        monkeypatch.delenv(name)
    MADE.clear()
    return module


def by_text(annotator, asked):
    return {answer.text_id: answer for answer in annotator.annotate(asked)}


def test_label_probabilities_are_those_of_reading_one_text_after_the_other(tiny_model):
    asked = questions(*(f"text number {i}" for i in range(9)))
    here = VLLM("tiny", tiny_model, chat=False, concurrency=4)
    found, expected = by_text(here, asked), by_text(TransformersLM("tiny", tiny_model, chat=False), asked)
    for text, answer in found.items():
        np.testing.assert_allclose(
            np.exp(answer.label_logprobs), np.exp(expected[text].label_logprobs), atol=1e-4
        )
        assert answer.unseen_mass == pytest.approx(expected[text].unseen_mass, abs=1e-4)
    assert max(MADE[0].calls) > 1, "what several texts want to know is read together"
    here.close()
    assert not MADE[0].thread.is_alive()


def test_it_keeps_the_promises_of_an_annotator(tiny_model):
    check_annotator(lambda: VLLM("tiny", tiny_model, chat=False, concurrency=3))


def test_replies_are_drawn_together_and_what_was_known_of_the_prompt_costs_nothing(tiny_model):
    (answer,) = VLLM("tiny", tiny_model, chat=False, max_tokens=4).annotate(questions("text", samples=3))
    assert answer.replies == ("human 0", "human 1", "human 2")
    assert answer.reply_tokens == 12
    (cold,) = VLLM("tiny", tiny_model).annotate(questions("text", samples=2, temperature=0.0))
    assert cold.replies == ("human 0", "human 0"), "vLLM draws one reply at temperature 0"


def test_the_settings_of_a_task_reach_the_engine_and_those_of_the_environment_stay(tiny_model, monkeypatch):
    monkeypatch.setenv("VLLM_LOGGING_LEVEL", "INFO")
    member = VLLMMember(
        name="tiny", kind="vllm", model=str(tiny_model), context=512, concurrency=8, gpu_memory=0.3
    )
    annotator = member.open()
    assert annotator.parallel == 8
    assert member.here
    list(annotator.annotate(questions("text")))
    (made,) = MADE
    assert (made.max_model_len, made.gpu_memory_utilization, made.max_logprobs) == (512, 0.3, 500)
    assert made.enforce_eager
    assert vllm_engine.os.environ["VLLM_LOGGING_LEVEL"] == "INFO"
    assert vllm_engine.os.environ["VLLM_ENABLE_V1_MULTIPROCESSING"] == "0"
    assert vllm_engine.os.environ["VLLM_NO_USAGE_STATS"] == "1"
    assert annotator.describe()["server"] == "vLLM in process"


def test_a_text_that_does_not_fit_is_a_named_problem(tiny_model):
    (answer,) = VLLM("tiny", tiny_model, chat=False, context=256).annotate(questions("text " * 900))
    assert answer.problem.startswith("text too long: ")
    assert MADE[0].calls == []


def test_a_template_without_a_place_for_a_system_prompt_gets_it_with_the_text(tmp_path):
    template = (
        "{% for each in messages %}{% if each.role == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}"
        "{{ each.content }}{% endfor %}"
    )
    folder = write_tiny(tmp_path, template=template)
    (question,) = questions("a text")
    (answer,) = VLLM("tiny", folder).annotate([question])
    assert answer.problem is None
    tokens = VLLM("tiny", folder)._reader.tokens
    text = MADE[0].get_tokenizer().decode(tokens.prompt(question.prompt))
    assert text == f"{question.prompt.system}\n\n{question.prompt.user}"


def test_without_vllm_the_error_says_what_to_install(tiny_model, monkeypatch):
    monkeypatch.setitem(sys.modules, "vllm", None)
    with pytest.raises(MissingExtra, match=r"'tiny' .vllm. needs the library vllm") as found:
        VLLM("tiny", tiny_model).annotate(questions("text"))
    assert "mollia[vllm]" in found.value.hint


@pytest.mark.parametrize("model", ["no-memory", "no/such/folder"])
def test_a_model_that_cannot_be_loaded_is_named_and_a_problem_of_the_probe(model):
    with pytest.raises(ServerCannot, match=f"tiny: vLLM cannot load {model}: ") as found:
        VLLM("tiny", model).annotate(questions("text"))
    assert "gpu_memory" in found.value.hint
    assert "cannot load" in VLLM("tiny", model).probe(questions("text")).problem


def test_an_engine_that_ends_stops_the_asking(tiny_model):
    annotator = VLLM("tiny", tiny_model, chat=False, concurrency=2)
    list(annotator.annotate(questions("text")))
    MADE[0].broken = True
    with pytest.raises(ServerCannot, match="tiny: vLLM has ended: CUDA out of memory"):
        list(annotator.annotate(questions("a", "b", "c")))


def test_a_probe_says_what_the_model_can_do(tiny_model):
    found = VLLM("tiny", tiny_model, chat=False).probe(questions("a text", "another", samples=3))
    assert (found.problem, found.reachable, found.repeatable) == ("", True, True)
    assert (found.context, found.label_probabilities, found.server) == (
        1024,
        "named tokens",
        "vLLM in process",
    )


def test_the_fingerprint_follows_model_and_settings(tiny_model):
    base = VLLM("tiny", tiny_model).fingerprint()
    assert VLLM("other", tiny_model, concurrency=1, gpu_memory=0.2).fingerprint() == base
    assert VLLM("tiny", tiny_model, chat=False).fingerprint() != base
    assert VLLM("tiny", tiny_model, context=512).fingerprint() != base
    assert TransformersLM("tiny", tiny_model).fingerprint() != base

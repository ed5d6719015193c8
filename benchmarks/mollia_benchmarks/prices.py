"""Stand-ins for what the recorded LLMs cost: the recordings hold neither tokens nor seconds.

Hosted LLMs: list price in US dollars per million tokens read, as published when the answers were
recorded (2024 and 2025). LLMs with open weights: a cent per billion parameters, which is about
what hosts asked for them at the time. They order LLMs by size; they are not a bill.
"""

from __future__ import annotations

import re

from mollia.errors import DataError
from mollia_benchmarks.described import Described

CENT_A_BILLION = 0.01
OF_SMALL_PANEL = {
    "gemma": 9.2,
    "llama": 8.0,
    "mistral": 7.2,
    "qwen": 7.6,
    "yi": 8.8,
}  # billions, docs/method.md, section 6
OPEN_WEIGHTS = {
    "gemma2": 9.2,
    "qwen2_5": 7.6,
    "llama3_2": 3.2,
    "mistral_nemo": 12.2,
    "mistral_small": 22.2,
    "aya_expanse": 8.0,
    "nous_hermes2": 10.7,
    "qwen2_5_14b": 14.8,
    "phi3_14b": 14.0,
    "tulu3": 8.0,
    "gemma2_27b": 27.2,
    "llama3_1_70b": 70.6,
    "qwen2_5_72b": 72.7,
}
HOSTED = {
    "gpt_4o": 2.50,
    "gpt_4o_2024_11_20": 2.50,
    "gpt_4o_mini": 0.15,
    "gpt_4o_mini_2024_07_18": 0.15,
    "gpt_4_5_preview": 75.0,
    "gpt_o1": 15.0,
    "gpt_o3_mini": 1.10,
    "claude_3_5_sonnet": 3.0,
    "claude_3_7_sonnet": 3.0,
    "claude_3_5_haiku": 0.80,
    "claude_3_5_haiku_20241022": 0.80,
    "deepseek_chat": 0.27,
    "deepseek_reasoner": 0.55,
    "gemini_2_0_flash": 0.10,
    "gemini_2_0_flash_lite": 0.075,
    "gemini_1_5_pro": 1.25,
    "gemini_1_5_flash": 0.075,
}


SIZE = re.compile(r"(?:^|_)([01]_[567]|\d+)(b|m)(?:_|$)")  # 0_5b and 1_7b are sizes, in 3_2_3b it is 3b


def price(llm: str, described: Described) -> float:
    """Return the stand-in price of one reading of a text by a recorded LLM.

    It is what the set's description says, else the price of the LLM, else that of the size in its name.

    Raises
    ------
    DataError
        When nothing tells the price.
    """
    if llm in described.prices:
        return described.prices[llm]
    if llm in HOSTED:
        return HOSTED[llm]
    billions = {**OF_SMALL_PANEL, **OPEN_WEIGHTS}.get(llm) or _size(llm)
    if billions is None:
        raise DataError(
            f'Nothing says what a reading by the LLM "{llm}" costs.',
            hint=f'Give the set "prices" in labels.json, such as {{"{llm}": 0.15}} (dollars per million tokens).',
        )
    return CENT_A_BILLION * billions


def unpriced(described: Described) -> str | None:
    """Return the first LLM of a set whose price nothing tells, None where all have one."""
    for llm in described.llms:
        try:
            price(llm, described)
        except DataError:
            return llm
    return None


def _size(llm: str) -> float | None:
    """Return the billions of parameters that a name such as llama3_2_3b or smollm2_135m states."""
    found = SIZE.search(llm)
    if found is None:
        return None
    size = float(found[1].replace("_", "."))
    return size if found[2] == "b" else size / 1000

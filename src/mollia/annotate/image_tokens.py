"""How many tokens an image is, where no server has said so yet.

OpenAI's tile-based models (GPT-4o and its kin; platform.openai.com/docs/guides/images-vision, read in November 2026) make
the shorter side at most 768 pixels and count 85 tokens and 170 for every tile of 512 x 512 pixels that covers the image.
Other models and servers count otherwise: GPT-4.1 mini by patches of 32 pixels, llama.cpp and vLLM by what the model's
projector makes of an image. `mollia plan` measures that.
"""

from __future__ import annotations

import math

BASE, TILE = 85, 170  # tokens
TILE_SIDE, SHORTER = 512, 768  # pixels


def openai_tokens(size: tuple[int, int]) -> int:
    """Return the tokens of an image of a size (width, height) as it is sent, by OpenAI's tiles."""
    scale = min(1.0, SHORTER / min(size))
    tiles = math.prod(math.ceil(max(1.0, side * scale) / TILE_SIDE) for side in size)
    return BASE + TILE * tiles

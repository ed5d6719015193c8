import pytest

from mollia.annotate.image_tokens import openai_tokens


@pytest.mark.parametrize(
    ("size", "tokens"),
    [
        ((1024, 1024), 765),  # OpenAI's own example: 768 x 768, four tiles
        ((500, 500), 255),
        ((512, 512), 255),
        ((513, 500), 425),
        ((1024, 512), 425),
        ((1024, 1), 425),
        ((1, 1), 255),
    ],
)
def test_an_image_is_85_tokens_and_170_a_tile(size, tokens):
    assert openai_tokens(size) == openai_tokens(size[::-1]) == tokens

from functools import partial

import pytest

from mollia.encode.hybrid import Hybrid
from mollia.encode.static_encoder import StaticEncoder
from mollia.errors import TaskError
from mollia.registry import find


def test_an_encoder_may_be_named_with_its_model():
    made = find("encoder", "static:minishlab/potion-base-2M")()
    assert isinstance(made, StaticEncoder)
    assert made.model == "minishlab/potion-base-2M"
    hybrid = find("encoder", "hybrid:static:some/model")()
    assert isinstance(hybrid, Hybrid)
    assert hybrid.dense == "static:some/model"
    assert not isinstance(find("encoder", "static"), partial)


@pytest.mark.parametrize("name", ["lexical:8", "static:", "statik:some/model"])
def test_an_encoder_that_takes_no_model_is_said(name):
    with pytest.raises(TaskError, match="takes no model") as found:
        find("encoder", name)
    assert "static" in found.value.hint


def test_an_unknown_name_is_said_with_a_guess():
    with pytest.raises(TaskError, match='mean "static"'):
        find("encoder", "statik")

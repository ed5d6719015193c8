"""Every encoder keeps the protocol's promises."""

import numpy as np
import pytest

from mollia import registry
from mollia.encode.cached import Cached
from mollia.encode.counted import Counted
from mollia.encode.hybrid import Hybrid

TEXTS = ["What is the capital of Kenya?", "", "naïve café", "北京", "word " * 300, "\t\n", "😀"]


@pytest.fixture(params=["lexical", "counted", "onnx", "static", "torch", "hybrid", "cached"])
def encoder(request, minilm, tmp_path):
    match request.param:
        case "lexical":
            return registry.find("encoder", "lexical")(dim=8).fit(TEXTS)
        case "counted":
            return Counted(registry.find("encoder", "lexical")(dim=8).fit(TEXTS), TEXTS)
        case "static" | "torch":
            fixture = {"static": "static", "torch": "sentence_transformer"}[request.param]
            return request.getfixturevalue(fixture)
        case "hybrid":
            return Hybrid(minilm)
        case "cached":
            return Cached(minilm, tmp_path / "v.sqlite")
        case _:
            return minilm


def test_rows_are_finite_float32_in_order(encoder):
    vectors = encoder.encode(TEXTS)
    assert vectors.dtype == np.float32
    assert vectors.shape == (len(TEXTS), encoder.dim)
    assert np.isfinite(vectors).all()
    assert np.allclose(encoder.encode(TEXTS[::-1])[::-1], vectors, atol=1e-2)
    assert encoder.encode([]).shape == (0, encoder.dim)


def test_the_name_is_stable(encoder):
    assert encoder.name == encoder.name
    assert len(encoder.name) > 8


def test_every_registered_encoder_is_imported_by_its_name():
    for name in registry.names("encoder"):
        assert hasattr(registry.find("encoder", name), "encode")
    for name in registry.names("features"):
        assert hasattr(registry.find("features", name), "load")


def test_a_cache_gives_the_same_rows_the_second_time(encoder, tmp_path):
    cached = Cached(encoder, tmp_path / "again.sqlite")
    first = cached.encode(TEXTS)
    assert np.array_equal(Cached(encoder, tmp_path / "again.sqlite").encode(TEXTS), first)
    assert np.allclose(encoder.encode(TEXTS), first, atol=1e-2)

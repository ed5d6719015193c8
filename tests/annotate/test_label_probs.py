import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mollia.annotate.label_probs import Position, from_full_labels, from_positions, from_sequences
from mollia.annotate.tokens import token_form, token_text

SPORT = [("Sport",), ("Sportswear",), ("Transport",)]
TREC = [(name,) for name in ("abbreviation", "entity", "description", "human", "location", "numeric")]


def at(sent, **top):
    return position(sent, top)


def position(sent, top):
    return Position(sent, {token: math.log(p) for token, p in top.items()})


def z(found):
    return np.exp(found.logprobs)


def test_full_label_log_probabilities_are_normalised_and_the_rest_kept_case_o2():
    found = from_full_labels([-1.2, -0.9, -3.0])
    np.testing.assert_allclose(z(found), [0.398, 0.537, 0.066], atol=1e-3)
    assert found.unseen == pytest.approx(1 - math.exp(-1.2) - math.exp(-0.9) - math.exp(-3))


def test_labels_that_share_a_first_token_are_not_both_credited_case_o2():
    found = from_positions([at("Sport", Sport=0.6, Trans=0.3)], SPORT)
    np.testing.assert_allclose(z(found), [np.nan, np.nan, 0.3])
    assert (found.unseen, found.shared) == (pytest.approx(0.7), pytest.approx(0.6))


def test_the_next_position_tells_labels_that_begin_alike_apart():
    second = position("swear", {"swear": 0.7, "\n": 0.2, "</s>": 0.05})
    found = from_positions([at("Sport", Sport=0.6, Trans=0.3), second], SPORT)
    np.testing.assert_allclose(z(found), [0.6 * 0.25, 0.6 * 0.7, 0.3])


@pytest.mark.parametrize("blank", [" ", "", "\n", "**", '"', " -"])
def test_an_empty_token_counts_for_none_case_o14(blank):
    found = from_positions([position(blank, {blank: 0.97, "human": 0.004, "entity": 0.002})], TREC)
    assert np.nansum(z(found)) == pytest.approx(0.006)
    assert found.unseen == pytest.approx(0.994)


def test_after_an_empty_token_the_next_position_is_scored_case_o14():
    walked = [position(" ", {" ": 0.97, "human": 0.004}), position("human", {"human": 0.9, "entity": 0.05})]
    np.testing.assert_allclose(z(from_positions(walked, TREC))[[1, 3]], [0.97 * 0.05, 0.004 + 0.97 * 0.9])


def test_a_token_inside_labels_is_no_label_case_o14():
    found = from_positions([position("N", {"N": 0.97, "i": 0.01, "e": 0.01})], TREC)
    assert np.isnan(found.logprobs).all()
    assert found.unseen == pytest.approx(1)


def test_upper_case_blanks_and_beginnings_count_for_their_label():
    found = from_positions(
        [position(" Human", {" Human": 0.5, "human": 0.2, "abbre": 0.1, "NUM": 0.05})], TREC
    )
    np.testing.assert_allclose(z(found)[[0, 3, 5]], [0.1, 0.7, 0.05])


def test_aliases_count_for_their_class():
    found = from_positions([at("plastic", plastic=0.4, card=0.3, loan=0.2)], [("card", "plastic"), ("loan",)])
    np.testing.assert_allclose(z(found), [0.7, 0.2])


names = st.lists(
    st.text("abcdef ", min_size=1, max_size=5).filter(str.strip), min_size=2, max_size=6, unique=True
)


@given(names, st.data())
def test_no_mass_is_credited_twice_whatever_the_tokens(labels, data):
    tokens = st.text("abcdef \n*", max_size=4)
    positions = []
    for _ in range(data.draw(st.integers(1, 4))):
        listed = data.draw(st.dictionaries(tokens, st.floats(0.01, 1), min_size=1, max_size=8))
        total = sum(listed.values()) * data.draw(st.floats(1, 2))
        positions.append(
            position(data.draw(st.sampled_from(sorted(listed))), {t: p / total for t, p in listed.items()})
        )
    found = from_positions(positions, [(label,) for label in labels])
    assert np.nansum(z(found)) <= 1 + 1e-9
    assert found.unseen == pytest.approx(1 - np.nansum(z(found)), abs=1e-9)


class Model:
    """Next-token distributions of a small random language over tokens 0..4; 0 ends."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)
        self.known = {}
        self.asked = []

    def __call__(self, prefix):
        self.asked.append(prefix)
        if prefix not in self.known:
            p = self.rng.dirichlet(np.ones(5))
            self.known[prefix] = dict(enumerate(np.log(p)))
        return self.known[prefix]


@given(st.integers(0, 10**6))
def test_a_trie_scores_each_label_as_its_own_product_and_asks_each_prefix_once(seed):
    model = Model(seed)
    labels = [(0, (1,)), (1, (1, 2)), (2, (3, 1)), (2, (3, 2)), (3, (4,))]
    found = from_sequences(labels, 4, model)
    p = {prefix: {t: math.exp(v) for t, v in nxt.items()} for prefix, nxt in model.known.items()}
    after_1 = p.get((1,), dict.fromkeys(range(5), 0.0))
    after_3 = p.get((3,), {1: 0.5, 2: 0.5})  # not looked into below a thousandth
    raw = np.array(
        [p[()][1] * (1 - after_1[2]), p[()][1] * after_1[2], p[()][3] * (after_3[1] + after_3[2]), p[()][4]]
    )
    if p[()][1] >= 1e-3 and p[()][3] >= 1e-3:
        np.testing.assert_allclose(z(found), raw / raw.sum(), rtol=1e-9)
        assert found.unseen == pytest.approx(1 - raw.sum())
    assert len(model.asked) == len(set(model.asked)) <= 3


def test_byte_level_tokens_are_decoded_and_others_left_alone_case_o8():
    byte_level = ["\u0120World", "\u0120Caf\u00c3\u00a9", "\u010a"]
    assert token_form(byte_level) == "byte-level"
    assert [token_text(t, "byte-level") for t in byte_level] == [" World", " Caf\u00e9", "\n"]
    assert token_form([" World", "Caf\u00e9"]) == "decoded"
    assert token_text("\u2581World") == " World"

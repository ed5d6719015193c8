from dataclasses import replace

import numpy as np
import pytest

from mollia.errors import DataError
from mollia.panel.parts import Part, llms_of, parts_of, restricted, samples_of
from mollia.records import PanelAnswers


def answers(z, c):
    z, c = np.array(z, float), np.array(c, float)
    return PanelAnswers(ids=tuple(map(str, range(len(z)))), llms=tuple("ab"[: z.shape[1]]), z=z, c=c)


@pytest.fixture(name="X")
def _panel():
    """LLM a has both views, b votes alone."""
    z = [[[0.7, 0.2], [0, 0]], [[0.1, 0.9], [0, 0]]]
    c = [[[0.6, 0.4], [1, 0]], [[0.2, 0.8], [0.5, 0.5]]]
    return answers(z, c)


def test_parts_are_the_views_that_hold_answers_in_the_panels_order(X):
    assert [str(part) for part in parts_of(X)] == ["z of a", "c of a", "c of b"]
    assert llms_of(parts_of(X)) == ("a", "b")


def test_a_view_of_unasked_rows_is_no_part(X):
    unasked = replace(X, asked=np.array([[True, False], [True, False]]))
    assert llms_of(parts_of(unasked)) == ("a",)


def test_a_restricted_panel_keeps_just_the_parts(X):
    small = restricted(X, [Part(llm="a", view="c")])
    assert small.llms == ("a",)
    assert not small.z.any()
    np.testing.assert_array_equal(small.c[:, 0], X.c[:, 0])
    both = restricted(X, {Part(llm="b", view="c"), Part(llm="a", view="z")})
    assert both.llms == ("a", "b")
    assert not both.c[:, 0].any()
    np.testing.assert_array_equal(both.z[:, 0], X.z[:, 0])


def test_no_part_and_strange_llms_are_refused(X):
    with pytest.raises(DataError, match="at least one"):
        restricted(X, [])
    with pytest.raises(DataError, match="no LLM 'bb'"):
        restricted(X, [Part(llm="bb", view="c")])


@pytest.mark.parametrize("samples", [1, 2, 3, 7, 10, 40])
def test_the_number_of_samples_is_read_from_the_shares(samples):
    rng = np.random.default_rng(0)
    votes = rng.multinomial(samples, [0.5, 0.3, 0.2], size=200)[:, None, :] / samples
    assert samples_of(answers(np.zeros_like(votes), votes), "a") == samples


def test_without_votes_there_are_no_samples_and_odd_shares_count_as_one(X):
    assert samples_of(answers(X.z, np.zeros_like(X.c)), "a") == 0
    odd = np.full((3, 1, 2), 0.31415926)
    assert samples_of(answers(np.zeros_like(odd), odd), "a") == 1

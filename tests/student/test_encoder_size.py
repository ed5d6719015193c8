"""Which encoder is fine-tuned where a task leaves it open."""

import json

import pytest

from mollia.student.encoder_size import (
    AUTO,
    CARD,
    KNOWN,
    MINILM,
    chosen_weights,
    cost,
    learning_seconds,
    length,
)

MPNET = KNOWN[0]


def test_the_larger_encoder_is_taken_where_it_is_here_and_the_time_allows(known_encoders):
    assert chosen_weights(AUTO, 10, allowed=80) == MPNET
    assert chosen_weights(AUTO, 10, allowed=79) == MINILM
    assert chosen_weights(AUTO, 10, allowed=1) == MINILM  # the smallest, late as it is
    assert chosen_weights("owner/name", 1e9, allowed=1) == "owner/name"


def test_an_encoder_that_is_not_here_is_not_chosen(hub_cache):
    assert chosen_weights(AUTO, 1) == MINILM


def test_an_encoder_costs_its_layers_times_the_square_of_their_width(
    known_encoders, minilm_weights, monkeypatch
):
    assert cost(str(minilm_weights)) == cost(MINILM) == 1
    assert cost(MPNET) == 8
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    assert cost(MPNET) == pytest.approx(8 / CARD)


@pytest.mark.parametrize(
    "config", ["", "[]", "{}", json.dumps({"num_hidden_layers": 6, "hidden_size": None})]
)
def test_files_that_do_not_say_cost_as_minilm(tmp_path, config):
    (tmp_path / "config.json").write_text(config)
    assert cost(str(tmp_path)) == 1
    assert cost(str(tmp_path / "none")) == 1


def test_many_rows_are_learned_from_in_no_more_steps():
    assert learning_seconds(550, 6) == pytest.approx(23, abs=0.1)
    assert learning_seconds(100_000, 6) == learning_seconds(5_000, 6) == pytest.approx(128)


def test_texts_are_as_long_as_their_words_are_many_up_to_where_they_are_cut():
    assert length([]) == length(["two words"] * 5) == 1
    assert length(["word " * 45] * 3000) == pytest.approx(4.5)
    assert length(["word " * 1000, "word " * 10]) == pytest.approx(5)

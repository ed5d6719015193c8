import numpy as np
import pytest

from mollia.errors import DataError
from mollia.panel.lottery_ticket import exhaustive, grow, prune, search

GOOD_AND_NOISE = [0.9, 0.9, 0.34, 0.33, 0.35]  # three of five answer at random


@pytest.mark.parametrize("searches", [["prune"], ["grow", "prune"], ["exhaustive"]])
def test_the_llms_that_carry_the_panel_are_found(simulator, drawer, refitted, priced, searches):
    X, gold = simulator([*GOOD_AND_NOISE[:2], 0.9, *GOOD_AND_NOISE[3:]], n=1500)
    refits = refitted(X, drawer(gold))
    found = search(refits, priced(refits), searches=searches)
    assert found.ticket.llms == ("llm0", "llm1", "llm2")
    assert found.ticket.share == pytest.approx(0.6)
    really = (refits.labels(refits.parts) == gold).mean() - (refits.labels(found.ticket.parts) == gold).mean()
    assert abs(really) < 0.01


def test_a_dear_llm_that_adds_little_goes_and_a_cheap_one_may_stay(simulator, drawer, refitted, priced):
    X, gold = simulator([0.85, 0.85, 0.85, 0.85], n=1500)
    refits = refitted(X, drawer(gold))
    dear = search(refits, priced(refits, llm1=50.0), loss=0.05)
    assert "llm1" not in dear.ticket.llms
    assert dear.ticket.share < 3.1 / 53


def test_a_view_that_says_nothing_more_is_dropped_alone(simulator, drawer, refitted, priced):
    X, gold = simulator([0.85, 0.8, 0.75], n=1200, with_z=True)  # z is c, softened
    refits = refitted(X, drawer(gold))
    costs = priced(refits, samples=dict.fromkeys(X.llms, 9))
    found = search(refits, costs, loss=0.01)
    assert {part.view for part in found.ticket.parts} == {"z"}
    assert found.ticket.share == pytest.approx(len(found.ticket.parts) / 30)
    assert found.ticket.name == ", ".join(f"{llm} (z)" for llm in found.ticket.llms)
    whole = search(refits, costs, loss=0.01, views=False)
    assert all(len(each.parts) == 2 * len(each.llms) for each in whole.front)


def test_the_front_has_no_sub_panel_that_another_beats_and_ends_at_no_loss(
    simulator, drawer, refitted, priced
):
    X, gold = simulator([0.8, 0.75, 0.7, 0.65, 0.6], n=800)
    refits = refitted(X, drawer(gold))
    found = search(refits, priced(refits, llm0=2.0))
    costs = [each.cost for each in found.front]
    losses = [each.loss.value for each in found.front]
    assert costs == sorted(costs)
    assert losses == sorted(losses, reverse=True)
    assert len(set(losses)) == len(losses)
    assert losses[-1] == 0
    assert found.whole.share == 1
    assert found.ticket in found.front


def test_no_loss_allowed_still_gives_a_ticket(simulator, drawer, refitted, priced):
    X, gold = simulator([0.8, 0.75, 0.7])
    refits = refitted(X, drawer(gold))
    assert search(refits, priced(refits), loss=0.0, share=1.0).ticket.loss.value == 0


def test_where_the_bound_cannot_be_kept_the_ticket_is_the_whole_panel_and_the_front_says_what_is_nearest(
    simulator, drawer, refitted, priced
):
    X, gold = simulator([0.7, 0.7, 0.6, 0.6, 0.55], n=300)
    refits = refitted(X, drawer(gold))
    found = search(refits, priced(refits))
    assert found.ticket is found.whole
    smaller = [each for each in found.front if each is not found.whole]
    assert smaller
    assert all(each.loss.at_most > 0.01 for each in smaller)
    assert min(each.loss.value for each in smaller) < 0.01, "the mean alone would have named one"


def test_no_ticket_is_named_whose_bound_exceeds_the_loss_allowed(simulator, drawer, refitted, priced):
    for seed in range(3):
        X, gold = simulator([0.95, 0.94, 0.6, 0.5, 0.4], n=1200, seed=seed)
        refits = refitted(X, drawer(gold, seed=seed))
        found = search(refits, priced(refits))
        assert found.ticket.share < 1
        assert found.ticket.loss.at_most <= 0.01
        lost = (refits.labels(refits.parts) == gold).mean() - (
            refits.labels(found.ticket.parts) == gold
        ).mean()
        assert lost <= found.ticket.loss.at_most


def test_a_share_that_is_asked_for_gives_what_loses_least_within_it(simulator, drawer, refitted, priced):
    X, gold = simulator([0.7, 0.7, 0.6, 0.6, 0.55], n=1000)
    refits = refitted(X, drawer(gold))
    free = search(refits, priced(refits), loss=0.0005)
    assert free.ticket.share > 0.6
    found = search(refits, priced(refits), loss=0.0005, share=0.6)
    assert 0.2 <= found.ticket.share <= 0.6
    assert found.ticket.loss.at_most == min(each.loss.at_most for each in found.front if each.share <= 0.6)
    assert found.ticket.loss.at_most > 0.0005


@pytest.mark.parametrize("with_z", [False, True])
def test_a_panel_of_one_is_its_own_ticket(simulator, drawer, refitted, priced, with_z):
    X, gold = simulator([0.8], with_z=with_z)
    refits = refitted(X, drawer(gold))
    found = search(refits, priced(refits), views=False)
    assert found.ticket is found.whole
    assert found.front == (found.whole,)


def test_pruning_and_growing_are_cheap_where_exhaustive_is_not(simulator, drawer, refitted, priced):
    X, gold = simulator([0.8, 0.75, 0.7, 0.65, 0.6, 0.6, 0.55, 0.5], n=400)
    for walk in (prune, grow):
        refits = refitted(X, drawer(gold))
        for parts in walk(refits, priced(refits)):
            assert parts <= set(refits.parts)
        assert refits.n_refits <= 8 * 9 / 2 + 1


def test_a_large_exhaustive_search_is_screened_by_a_cheap_fuser(simulator, drawer, refitted, priced):
    X, gold = simulator([0.9, 0.9, 0.9, 0.4, 0.4, 0.4, 0.35], n=400)
    refits, cheap = refitted(X, drawer(gold)), refitted(X, drawer(gold))
    tried = list(exhaustive(refits, priced(refits), cheap=cheap))
    assert len(tried) == 64
    assert cheap.n_refits == 126  # the whole is its own reference
    assert any({part.llm for part in parts} == {"llm0", "llm1", "llm2"} for parts in tried)
    assert len(list(exhaustive(refits, priced(refits)))) == 127


def test_too_many_llms_and_unknown_searches_are_refused(simulator, refitted, priced):
    X, gold = simulator([0.6] * 13, n=30)
    refits = refitted(X, np.full(len(gold), -1))
    with pytest.raises(DataError, match="13 LLMs would try 8191"):
        search(refits, priced(refits), searches=["exhaustive"])
    with pytest.raises(DataError, match=r'"prun".*Did you mean "prune"'):
        search(refits, priced(refits), searches=["prun"])

from mollia_benchmarks.families import families, members


def test_sets_of_one_source_share_a_family():
    found = families({"policy_en": ["a"], "trec": ["b", "c"], "policy_nl": ["d"]})
    assert found == {"policy_en": "policy", "trec": "trec", "policy_nl": "policy"}


def test_sets_that_share_texts_or_all_their_llms_share_a_family():
    llms = {
        "banking77_mix": ["a"],
        "icl_banking77": ["b"],
        "icl_clinic": ["c"],
        "trec": ["d", "e"],
        "pubmed": ["d", "e"],
        "other_mix": ["d"],
    }
    found = families(llms)
    assert found["banking77_mix"] == found["icl_banking77"] == found["icl_clinic"] == "banking77"
    assert found["trec"] == found["pubmed"] == "trec"
    assert found["other_mix"] == "other", "a short word that two names share says nothing"


def test_members_keep_the_order_of_the_sets():
    assert members({"b_1": "b", "a_1": "a", "b_2": "b"}, ["b_2", "a_1", "b_1"]) == {
        "b": ["b_2", "b_1"],
        "a": ["a_1"],
    }

import pytest

from mollia_benchmarks.predict import FILE, OURS, PEER, measure, report


@pytest.mark.recorded
def test_the_lexical_student_labels_5000_texts_a_second_on_one_core():
    found = measure(repeats=2)
    assert min(found[OURS], found[FILE]) >= 5000
    assert found[OURS] > found[PEER]
    assert found["agreement"] <= 1e-6
    assert f"{found[PEER]:,.0f} | 1.0 |" in report(found)

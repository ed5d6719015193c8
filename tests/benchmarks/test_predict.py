from mollia_benchmarks.exam import exam
from mollia_benchmarks.predict import FILE, OURS, PEER, measure, report


def test_the_lexical_student_is_timed_beside_the_peer_and_comes_back_from_its_folder(panel_folder):
    found = measure(exam("parcels", panel_folder), repeats=1)
    assert min(found[name] for name in (OURS, FILE, PEER)) > 0
    assert found["agreement"] <= 1e-6
    assert f"{found[PEER]:,.0f} | 1.0 |" in report(found, "parcels")

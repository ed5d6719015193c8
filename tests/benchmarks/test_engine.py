from mollia.engine.local import Local
from mollia_benchmarks.engine import Measured, measure, table, waiting_server


def test_a_waiting_server_bounds_the_rate_and_every_question_is_answered():
    with waiting_server(0.05) as url:
        found = measure(Local(), "local", 1, url=url, concurrency=4, each=60)
    assert found.answers == 60
    assert 0 < found.rate <= 4 / 0.05 * 1.5, "a few answers may have waited for the count to begin"
    assert found.seconds >= 60 * 0.05 / 4


def test_the_table_says_what_a_worker_can_do_at_most():
    measured = Measured(engine="ray", workers=4, answers=1600, seconds=31.6, rate=60.25)
    line = table([measured], delay=0.5, concurrency=8).splitlines()[-1]
    assert line == "| ray | 4 | 1,600 | 60.2 | 64.0 | 32 |"

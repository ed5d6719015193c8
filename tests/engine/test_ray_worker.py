"""A worker in this process: what it does on a node does not depend on Ray."""

import pytest

from mollia.engine.ray_worker import Worker
from mollia.errors import AnswerRefused
from mollia.version import __version__

from .conftest import questions


@pytest.fixture
def worker_of(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = []

    def build(open_):
        made.append(Worker(open_, str(tmp_path / "no such folder")))
        return made[-1]

    yield build
    for each in made:
        each.halt()
        if each._annotator is not None:
            each._annotator.close()


def answered(worker, asked):
    """Exchange until all are answered; return the answers and the last news."""
    news = worker.exchange(asked)
    answers = list(news.answers)
    while len(answers) < len(asked) and news.error is None:
        news = worker.exchange([])
        answers += news.answers
    return answers, news


def test_a_worker_asks_what_it_is_given_and_can_begin_again(serve, worker_of):
    handler, member = serve()
    worker = worker_of(member.open)
    assert worker.hello() == __version__
    asked = questions(30)
    for some in (asked[:20], asked[20:]):
        worker.begin({})
        answers, news = answered(worker, some)
        assert {each.key for each in answers} == {each.key for each in some}
        assert (news.error, news.described["server"]) == (None, "vLLM")
        assert worker.halt().answers == []
    assert len(handler.asked) == 30


def test_a_worker_that_joins_another_keeps_what_that_one_found_out(serve, worker_of):
    handler, member = serve()
    handler.refused = {"text 0", "text 1", "text 2"}
    first, second = worker_of(member.open), worker_of(member.open)
    first.begin({})
    _, news = answered(first, questions(9)[5:])
    second.begin(news.described, joins=True)
    answers, news = answered(second, questions(3))
    assert all(each.problem for each in answers), "rows that fail elsewhere too do not stop the LLM"
    assert (len(answers), news.error, second.halt().error) == (3, None, None)


def test_what_was_not_begun_is_not_asked_after_a_halt(serve, worker_of):
    handler, member = serve(delay=0.3, concurrency=2)
    worker = worker_of(member.open)
    worker.begin({})
    some = worker.exchange(questions(40)).answers
    some += worker.halt().answers
    assert 0 < len(some) == len(handler.asked) < 40


def test_an_error_travels_with_the_answers(serve, worker_of):
    def cannot_open():
        raise AnswerRefused("no key", hint="Set it.")

    worker = worker_of(cannot_open)
    worker.begin({})
    news = worker.exchange(questions(3))
    assert (news.answers, str(news.error)) == ([], "no key\nSet it.")

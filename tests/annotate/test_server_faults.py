"""Every fault of a server that `mollia bench reliability` knows, on a few rows: labelled rightly or named, no exception."""

import tomllib

import pytest

from mollia.annotate.ask_panel import ask_panel
from mollia.errors import AnnotatorError
from mollia_benchmarks.reliability.healthy import CLASSES, text_of, truth
from mollia_benchmarks.reliability.server_faults import EVERY, FAULTS
from mollia_benchmarks.reliability.servers import label_of

from .asked import questions_about
from .conftest import QUICK

ROWS = 48


def ask(fault, serve, server_of, store):
    """Ask about `ROWS` texts; return the stored answers by row, and the sentence of a stopped LLM."""
    server = serve(fault.handler())
    more = tomllib.loads(fault.member)
    samples = more.pop("samples", 0)
    annotator = server_of(
        server, retry=QUICK, timeout=1.0, concurrency=4, votes_only=more.get("votes_only", False)
    )
    ids = [str(row) for row in range(ROWS)]
    questions = questions_about(
        ids,
        [text_of(row) for row in range(ROWS)],
        instruction="What is it?",
        classes=list(CLASSES),
        samples=samples,
    )
    said = ""
    try:
        result = ask_panel(questions, [annotator], store)
        said = " ".join([*result.stopped.values(), result.partial])
    except AnnotatorError as error:
        said = str(error)
    return {int(answer.text_id): answer for answer in store.all_answers()}, said.strip(), server


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_rows_are_labelled_rightly_or_named_case_o30(fault, serve, server_of, store):
    answers, said, _server = ask(fault, serve, server_of, store)
    wrong = {
        row: label_of(answer) for row, answer in answers.items() if label_of(answer) not in {"", truth(row)}
    }
    assert wrong == {}
    assert bool(said) == fault.stops, said
    if not fault.stops:
        assert len(answers) == ROWS
        healthy = [row for row in answers if row % EVERY and (row > 2 or "first texts" not in fault.name)]
        assert {answers[row].problem for row in healthy} == {None}
        assert all(label_of(answers[row]) == truth(row) for row in healthy)
    for answer in answers.values():
        assert answer.problem != ""
        assert answer.problem or answer.replies or answer.label_logprobs is not None

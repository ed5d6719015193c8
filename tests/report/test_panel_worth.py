import math
from dataclasses import replace

from mollia.panel import Asking, Worth
from mollia.report.panel_worth import rows
from mollia.report.report import render_report

from .conftest import small_run


def worth(llm, missed, *, faults=(), **asking):
    nan = math.nan
    return Worth(
        llm=llm,
        adds=nan,
        adds_error=nan,
        alone=nan,
        missed=missed,
        cost=1.0,
        asking=Asking(**asking),
        faults=faults,
    )


def test_each_llm_has_a_line_the_most_missed_first_and_faults_are_escaped():
    run = replace(
        small_run(),
        worth=(
            worth("b", 0.0012, faults=("constant: 99% of its answers are <b>",)),
            worth("a", 0.0234, tokens=812.4, seconds=0.456, calls=11.0),
        ),
    )
    first, second = rows(run)
    assert (first.llm, first.missed, first.calls, first.tokens, first.seconds) == (
        "a",
        "2.34",
        "11",
        "812",
        "0.46",
    )
    assert (second.tokens, second.seconds) == ("–", "–")
    page = render_report(run)
    assert 'id="worth"' in page
    assert "answers are &lt;b&gt;" in page


def test_without_figures_there_is_no_section():
    assert 'id="worth"' not in render_report(small_run())

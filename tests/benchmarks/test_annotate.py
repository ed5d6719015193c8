import re

from mollia_benchmarks.annotate import run
from mollia_benchmarks.datasets import load


def test_the_benchmark_measures_every_part(tmp_path):
    table = run(calls=60, rows=2000, texts=load("policy_en"), weights=None, say=lambda _sentence: None)
    figures = dict(re.findall(r"^(\S.*?)\s{2,}(-?[\d.]+)", table, re.MULTILINE))
    assert len(figures) == 4, table
    rate, overhead, ledger, growth = (float(figure) for figure in figures.values())
    assert rate > 20
    assert 0 < overhead < 100
    assert ledger > 1000
    assert growth < 50

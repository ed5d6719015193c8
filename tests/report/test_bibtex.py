"""Sources as BibTeX."""

import re

import pytest

from mollia import citations
from mollia.registry import about, names
from mollia.report.bibtex import bibtex

KNOWN = [value for name, value in vars(citations).items() if name.isupper()]
KINDS = ("fuser", "query")


def test_authors_title_year_and_arxiv_are_told_apart():
    assert bibtex([citations.PPI]) == (
        "@misc{angelopoulos2023,\n"
        "  author = {Angelopoulos, A. N. and Duchi, J. C. and Zrnic, T.},\n"
        "  year = {2023},\n"
        "  title = {{PPI++: Efficient Prediction-Powered Inference}},\n"
        "  eprint = {2311.01453},\n"
        "  archiveprefix = {arXiv}\n"
        "}"
    )
    found = bibtex([citations.MOLLIA])
    assert "author = {Qi and others}" in found
    assert "howpublished = {AAAI 2026}" in found


def test_every_source_that_a_report_may_cite_has_an_entry_with_a_key_of_its_own():
    cited = [source for kind in KINDS for name in names(kind) for source in about(kind, name).sources]
    every = list(dict.fromkeys([*KNOWN, *cited]))
    keys = re.findall(r"^@misc\{(\w+),$", bibtex(every), re.MULTILINE)
    assert len(keys) == len(set(keys)) == len(every)


@pytest.mark.parametrize("source", KNOWN)
def test_nothing_of_a_source_is_lost(source):
    entry = bibtex([source])
    for word in re.findall(r"[A-Za-z]{4,}", source.replace("arXiv", "").replace("et al", "")):
        assert word in entry

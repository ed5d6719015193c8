from mollia_benchmarks.reliability.page import write_section
from mollia_benchmarks.reliability.server_faults import FAULTS
from mollia_benchmarks.reliability.servers import run


def test_faults_are_many_and_have_names_of_their_own():
    assert len({fault.name for fault in FAULTS}) == len(FAULTS) >= 57


def test_each_part_writes_its_own_section_of_the_page(tmp_path):
    page = tmp_path / "reliability.md"
    write_section(page, "servers", "one")
    write_section(page, "kills", "two \\1")
    write_section(page, "servers", "three \\n")
    written = page.read_text("utf-8")
    assert written.startswith("# Reliability")
    assert [word in written for word in ("one", "two \\1", "three \\n")] == [False, True, True]


def test_rows_under_faults_are_counted_and_told(tmp_path):
    page = tmp_path / "reliability.md"
    told = []
    text = run(rows=30, faults=["HTTP 418", "HTTP 401 after", "second choice"], page=page, say=told.append)
    assert "Faults that held: **3 of 3**; wrong labels: **0**" in text
    assert "| HTTP 418 | 25 | 5 | 0 | 0 |" in text
    assert "| second choice named | 25 | 5 | 0 | 0 |" in text
    assert text in page.read_text("utf-8")
    assert len(told) == 3

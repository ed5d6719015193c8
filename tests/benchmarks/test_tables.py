from mollia_benchmarks.tables import figure, table


def test_figures_are_short():
    assert figure(0.7912) == ".791"
    assert figure(0.7912, 0.0141) == ".791 ± .014"
    assert figure(12.345) == "12.35"
    assert figure(-0.05) == "-.050"
    assert figure(1.0) == "1.00"


def test_table_is_markdown():
    assert table(["a", "b"], [["1", "2"]]) == "| a | b |\n| --- | --- |\n| 1 | 2 |\n"

import re

from mollia_benchmarks.dot_plot import dot_plot

DOT = re.compile(r'<circle cx="([0-9.]+)" cy="[0-9.]+" r="4" fill="(#[0-9A-F]+)"/>')


def test_each_set_is_a_dot_in_its_familys_colour():
    dots = {"a_1": (1.0, 0.5), "b": (-2.0, 0.1), "a_2": (3.0, 0.2)}
    text = dot_plot(
        dots, {"a": ["a_1", "a_2"], "b": ["b"], "c": ["missing"]}, title="<title>", x_name="points"
    )
    (a_1, colour), (a_2, second), (b, other) = DOT.findall(text)
    assert colour == second != other
    assert float(b) < float(a_1) < float(a_2)
    assert "&lt;title&gt;" in text
    assert "missing" not in text


def test_one_value_of_zero_can_be_drawn():
    assert len(DOT.findall(dot_plot({"a": (0.0, 0.0)}, {"a": ["a"]}, title="t", x_name="x"))) == 1


def test_the_axis_has_round_numbers():
    text = dot_plot({"a": (-3.9, 0.0), "b": (17.5, 0.0)}, {"a": ["a", "b"]}, title="t", x_name="x")
    ticks = re.findall(r'text-anchor="middle">([+-][0-9.]+)</text>', text)
    assert ticks == ["+0", "+5", "+10", "+15"]

from xml.etree import ElementTree as ET

from mollia_benchmarks.plot import plot

SVG = "{http://www.w3.org/2000/svg}"


def test_a_panel_a_set_and_a_line_a_method():
    panels = {"one <set>": {"default": [0.7, 0.8], "vote": [0.6, 0.6]}, "two": {"default": [0.5]}}
    root = ET.fromstring(plot(panels, [0, 50], x_name="labels", y_name="accuracy"))  # noqa: S314  # our own picture
    lines = [line.get("points") for line in root.iter(f"{SVG}polyline")]
    assert len(lines) == 3
    assert lines[0] == "46.0,110.0 320.0,0.0"  # from the middle of .6-.8 up to the top
    assert "one <set>" in [text.text for text in root.iter(f"{SVG}text")]

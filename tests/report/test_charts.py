from xml.etree import ElementTree as ET

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mollia.honest.calibration_error import reliability, risk_coverage
from mollia.honest.intervals import wilson
from mollia.report import charts

shares = st.floats(0, 1)


def parse(markup):
    root = ET.fromstring(str(markup))  # noqa: S314  # our own output
    assert root.tag == "svg"
    assert root[0].tag == "title"
    assert root[1].tag == "desc"
    return root


def numbers_inside(root):
    """Assert that everything drawn lies inside the view box (a little slack for line widths)."""
    width, height = (float(v) for v in root.get("viewBox").split()[2:])
    for node in root.iter():
        for name in ("x", "x1", "x2", "cx"):
            assert -2 <= float(node.get(name, 0)) <= width + 2, (node.tag, node.attrib)
        for name in ("y", "y1", "y2", "cy"):
            assert -2 <= float(node.get(name, 0)) <= height + 2, (node.tag, node.attrib)


@given(low=st.floats(-1e6, 1e6), span=st.floats(1e-3, 1e6), wanted=st.integers(2, 8))
def test_ticks_are_few_even_and_inside(low, span, wanted):
    ticks = charts.nice_ticks(low, low + span, wanted)
    assert len(ticks) <= wanted + 1
    assert all(low - 1e-6 * span <= t <= low + span * (1 + 1e-6) for t in ticks)
    if len(ticks) > 2:
        steps = np.diff(ticks)
        assert np.allclose(steps, steps[0], rtol=1e-6, atol=1e-9)


@given(values=st.lists(shares, min_size=1, max_size=5))
def test_a_range_of_shares_holds_its_values(values):
    low, high = charts.share_range(values)
    assert 0 <= low <= min(values) + 1e-9
    assert max(values) - 1e-9 <= high <= 1
    assert high - low >= 0.0999


@given(
    points=st.lists(
        st.tuples(st.integers(0, 5000), shares), min_size=1, max_size=12, unique_by=lambda p: p[0]
    )
)
def test_curves_stay_in_the_frame_and_say_their_ends(points):
    points = sorted(points)
    drawn = charts.curve("c", "Curve", {"a & b": points, "<s>": points}, x_title="x", y_title="y")
    root = parse(drawn)
    numbers_inside(root)
    assert len(root.findall("circle")) == 2 * len(points)
    assert "a & b: from" in root[1].text


@given(counts=st.lists(st.integers(0, 100_000), min_size=1, max_size=20))
def test_histogram_bars_are_in_proportion(counts):
    root = parse(charts.histogram("h", "Histogram", counts, x_title="confidence"))
    numbers_inside(root)
    heights = np.array([float(r.get("height")) for r in root.findall("rect")])
    assert np.allclose(
        heights * max(1, *counts), heights.max() * np.array(counts), atol=0.02 * max(1, *counts)
    )


@given(seed=st.integers(0, 200), m=st.integers(1, 300))
def test_reliability_and_risk_coverage_draw_any_rows(seed, m):
    rng = np.random.default_rng(seed)
    confidence, right = rng.random(m), rng.random(m) < 0.5
    found = reliability(confidence, right, bins=5)
    root = parse(charts.reliability_diagram("r", "Reliability", found))
    numbers_inside(root)
    assert len(root.findall("circle")) == len(found.count)
    risk = parse(charts.risk_coverage_curve("k", "Risk", risk_coverage(confidence, right)))
    numbers_inside(risk)
    assert f"100% of rows kept: {100 * (~right).mean():.1f}% wrong" in risk[1].text


@given(right=st.integers(0, 50))
def test_the_headline_scale_shows_the_interval_in_place(right):
    estimate = wilson(right, 50)
    root = parse(charts.interval_scale("i", estimate))
    numbers_inside(root)
    band, mark = root.findall("rect")
    left, width = float(band.get("x")), float(band.get("width"))
    middle = float(mark.get("x")) + float(mark.get("width")) / 2
    assert left - 0.02 <= middle <= left + width + 0.02
    assert width == max(1.0, round(width, 2))


def test_a_strip_beyond_its_axis_is_cut_at_the_edge():
    root = parse(charts.interval_strip("s", "x", wilson(1, 50), (0.6, 0.9)))
    numbers_inside(root)

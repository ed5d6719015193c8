"""An LLM that died half-way: its missing answers are missing, not wrong."""

from dataclasses import replace

import numpy as np
import pytest

from mollia.fusion import fuse
from mollia.registry import find, names

# MoLAM: its zeros mislead trees that few human rows taught; the repaired one has its test in test_meta_features.
FUSERS = [name for name in names("fuser") if name not in {"default", "molam", "molam_repaired"}]
ROWS = np.arange(300)
NOISE = 0.04  # the standard error of a share right of 120 rows


@pytest.fixture(params=["never asked", "failed"])
def half_dead(request, panel):
    """The panel whose best LLM stops after 150 rows, with gold and texts."""
    X, gold, texts = panel
    z, c, asked = X.z.copy(), X.c.copy(), X.asked.copy()
    z[150:, 0] = c[150:, 0] = 0.0
    if request.param == "never asked":
        asked[150:, 0] = False
    return replace(X, z=z, c=c, asked=asked), gold, texts


@pytest.mark.parametrize("name", FUSERS)
def test_its_answers_help_where_they_are_and_do_no_harm_where_they_are_not(half_dead, panel, drawer, name):
    X, gold, _ = half_dead
    y = drawer(gold, 60)
    open_rows = y < 0

    def right(answers, rows):
        fused = fuse(answers, y, method=name)
        return (fused.label == gold)[open_rows & rows].mean()

    without = X.subpanel(X.llms[1:])
    assert right(X, ROWS >= 150) > right(without, ROWS >= 150) - NOISE
    assert right(X, ROWS < 150) > right(panel[0], ROWS < 150) - NOISE
    assert right(X, ROWS < 150) > right(without, ROWS < 150)


def test_how_often_it_errs_is_learned_from_the_rows_it_answered(half_dead, panel, drawer):
    X, gold, _ = half_dead
    y = drawer(gold, 60)
    halved, whole = (
        np.exp(find("fuser", "dawid_skene")().fit(answers, y).confusion_.log_confusion[0]).diagonal()
        for answers in (X, panel[0])
    )
    np.testing.assert_allclose(halved, whole, atol=0.12)

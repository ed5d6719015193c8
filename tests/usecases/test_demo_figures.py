"""What `mollia bench demo` shows beside a run's own figures."""

import numpy as np

from mollia.fusion import MoLAM
from mollia.loop.run import run
from mollia.quality.gold_scores import MOLAM
from mollia.task.load import load_task
from mollia.usecases.demo_figures import REPAIRED, beside_molam


def test_molam_repaired_stands_after_the_published_one_and_sees_the_same_labels(write_task):
    task = write_task()
    text = task.read_text("utf-8").replace('id = "id"', 'id = "id"\ngold = "gold"')
    task.write_text(text, "utf-8")
    result = run(load_task(task))
    found = beside_molam(result, random_state=0).scores
    names = list(result.scores)
    at = names.index(MOLAM) + 1
    assert list(found) == [*names[:at], REPAIRED, *names[at:]]
    y = np.where(np.arange(120) < 30, result.pool.gold, -1)  # the 30 rows of the seed
    for name, variant in ((MOLAM, "published"), (REPAIRED, "repaired")):
        label = MoLAM(variant=variant, n_jobs=1).fit_predict_proba(result.panel, y).argmax(1)
        right = (label == result.pool.gold)[30:].mean()
        assert found[name].accuracy.value == right, name

"""Every interval of the report against gold, after people labelled rows that were picked for being hard."""

import csv

import numpy as np
import pytest

from mollia.loop.run import run
from mollia.people.seed_file import read_seed_file, write_seed_file
from mollia.people.seed_rows import SeedRows
from mollia.quality.gold_scores import llm_labels
from mollia.query.review_order import doubt
from mollia.records import Pool
from mollia.report.class_tables import class_table, judged_rows
from mollia.report.panel_table import llm_table
from mollia.report.report import render_report
from mollia.report.trust import drift_warning
from mollia.task.load import load_task
from mollia.usecases.make_seed import SeedPlan, make_seed, task_source
from mollia_benchmarks.datasets import load

SET, ROWS, LLMS, LABELS, REVIEWS = "consumer_complaints", 500, 5, 50, 100
STATES = (0, 1, 2)  # draws; what holds in 95 % of them is asked of all together
TASK = """
name = "complaints"
instruction = "What is the complaint about?"
[data]
path = "texts.csv"
id = "id"
[seed]
path = "seed.csv"
[query]
rounds = 1
"""


class Asked:
    """A task on a recorded panel without its gold, and a person who answers as gold does."""

    def __init__(self, folder):
        self.recorded = load(SET, most=ROWS)
        self.llms = self.recorded.answers.llms[:LLMS]
        self.folder, self.names = folder, self.recorded.classes
        said = llm_labels(self.recorded.answers.subpanel(self.llms))
        with (folder / "texts.csv").open("w", newline="", encoding="utf-8") as file:
            out = csv.writer(file)
            out.writerow(["id", "text", *self.llms])
            for i, text in enumerate(self.recorded.texts):
                out.writerow([f"r{i}", text, *(self.names[k] if k >= 0 else "" for k in said[i])])
        (folder / "task.toml").write_text(
            TASK
            + "".join(f'[[classes]]\nname = "{name}"\n' for name in self.names)
            + "".join(
                f'[[panel]]\nname = "{llm}"\nkind = "recorded"\npath = "texts.csv"\n' for llm in self.llms
            ),
            "utf-8",
        )
        self.task = load_task(folder / "task.toml")
        self.pool = Pool(
            ids=tuple(f"r{i}" for i in range(ROWS)), texts=self.recorded.texts, gold=np.full(ROWS, -1)
        )

    def answer(self, more=None):
        path = self.folder / "seed.csv"
        file = read_seed_file(path, self.pool, self.names)
        if more is not None:
            file = file.with_rows(more, self.pool, has_text=True)
        file.columns["label"][:] = [self.names[k] for k in self.recorded.gold[file.rows]]
        write_seed_file(path, file)
        return file

    def seeded(self, strategy, state):
        plan = SeedPlan(strategy=strategy, n=LABELS)
        while make_seed(task_source(self.task), self.folder / "seed.csv", plan, random_state=state).added:
            file = self.answer()
        return file

    def reviewed(self, file):
        """Let a person answer the rows that the labels so far leave most in doubt, as the review page would."""
        posterior = run(self.task).fused.posterior
        order = np.argsort(-doubt(posterior), kind="stable")
        hard = order[~np.isin(order, file.rows)][:REVIEWS]
        last = int(file.batch.max())
        chance = np.full(REVIEWS, np.nan)
        self.answer(SeedRows(rows=hard, chance=chance, use="review", batch=last))


def intervals(result, gold):
    """Return every interval of the report with what is true: name, low, high, truth.

    The accuracy is that of the rows nobody labelled; the others speak for the whole pool, in which a labelled row has
    the label that a fuser gives it without that label.
    """
    open_rows = ~result.fused.human
    pool_label = np.where(open_rows, result.fused.label, np.nan_to_num(result.cross_fitted).argmax(1))
    own = llm_labels(result.panel)
    found = {"accuracy": (result.estimate, (result.fused.label == gold)[open_rows].mean())}
    for i, llm in enumerate(llm_table(result)):
        answered = own[:, i] >= 0
        found[f"right: {llm.name}"] = (llm.on_seed, (own[:, i] == gold)[answered].mean())
    for k, row in enumerate(class_table(result, judged_rows(result))):
        found[f"share: {row.name}"] = (row.estimated, (gold == k).mean())
        found[f"precision: {row.name}"] = (row.figures.precision, (gold == k)[pool_label == k].mean())
        found[f"recall: {row.name}"] = (row.figures.recall, (pool_label == k)[gold == k].mean())
    return {name: (e.low, e.high, float(truth)) for name, (e, truth) in found.items() if e is not None}


def naive(result, gold):
    """Return each LLM's share right among all rows that people labelled."""
    human = result.fused.human
    return [(llm_labels(result.panel)[human, i] == gold[human]).mean() for i in range(LLMS)]


@pytest.mark.parametrize("strategy", ["batches", "doubt"])
def test_the_reports_intervals_hold_what_is_true_after_reviews_of_hard_rows(strategy, tmp_path):
    missed, of, far = {}, 0, []
    for state in STATES:
        (folder := tmp_path / str(state)).mkdir()
        asked = Asked(folder)
        gold = asked.recorded.gold
        asked.reviewed(asked.seeded(strategy, state))
        result = run(asked.task)
        assert len(result.seed) == LABELS + REVIEWS
        found = intervals(result, gold)
        of += len(found)
        missed |= {(state, name): each for name, each in found.items() if not each[0] <= each[2] <= each[1]}
        llms = [found[f"right: {name}"][2] for name in result.panel.llms]
        far += [truth - share for truth, share in zip(llms, naive(result, gold), strict=True)]
        for row in class_table(result, None):
            assert row.estimated.low >= row.in_seed / ROWS - 1e-9, (
                "a class has at least the rows people gave it"
            )
        assert drift_warning(result) == []
        html = render_report(result)
        assert "do not look like a random draw" not in html
        assert "more rows with a human label were picked by a rule or in a review" in html
        assert result.judging.nearly_even == (strategy == "batches")
    assert of > len(STATES) * (LLMS + 10)
    assert len(missed) <= 0.1 * of, missed
    assert sum(name == "accuracy" for _, name in missed) <= 1, missed
    assert np.mean(far) > 0.05, "the rows were hard: counting them all would be too low"

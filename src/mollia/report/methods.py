"""The methods paragraph: what was done, in plain English, with citations."""

from __future__ import annotations

from collections.abc import Mapping

from mollia.loop.result import RunResult
from mollia.report.numbers import count
from mollia.report.panel_table import seed_rows

SOURCES = {
    "mollia": "Qi et al. (2026). Next Generation Active Learning: Mixture of LLMs in the Loop. AAAI 2026, "
    "arXiv:2601.15773.",
    "dawid_skene": "Dawid, A. P. and Skene, A. M. (1979). Maximum Likelihood Estimation of Observer "
    "Error-Rates Using the EM Algorithm. Applied Statistics 28(1), 20-28.",
    "xgboost": "Chen, T. and Guestrin, C. (2016). XGBoost: A Scalable Tree Boosting System. KDD 2016.",
    "stacking": "Wolpert, D. H. (1992). Stacked Generalization. Neural Networks 5(2), 241-259.",
    "cotraining": "Blum, A. and Mitchell, T. (1998). Combining Labeled and Unlabeled Data with Co-Training. "
    "COLT 1998.",
    "temperature": "Guo, C. et al. (2017). On Calibration of Modern Neural Networks. ICML 2017.",
    "negative": "Kim, Y. et al. (2019). NLNL: Negative Learning for Noisy Labels. ICCV 2019.",
    "entropy": "Lewis, D. D. and Gale, W. A. (1994). A Sequential Algorithm for Training Text Classifiers. "
    "SIGIR 1994.",
    "coreset": "Sener, O. and Savarese, S. (2018). Active Learning for Convolutional Neural Networks: A "
    "Core-Set Approach. ICLR 2018.",
    "wilson": "Wilson, E. B. (1927). Probable Inference, the Law of Succession, and Statistical Inference. "
    "Journal of the American Statistical Association 22(158), 209-212.",
    "clopper": "Clopper, C. J. and Pearson, E. S. (1934). The Use of Confidence or Fiducial Limits Illustrated "
    "in the Case of the Binomial. Biometrika 26(4), 404-413.",
    "ppi": "Angelopoulos, A. N., Duchi, J. C. and Zrnic, T. (2023). PPI++: Efficient Prediction-Powered "
    "Inference. arXiv:2311.01453.",
}

FUSERS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "mixture": (
        (
            "Their answers were fused by a semi-supervised Dawid-Skene model, seeded with the human labels and "
            "stacked with the LLMs' pooled answers and, where the text tells the classes apart, a text view"
        ),
        ("dawid_skene", "stacking", "cotraining"),
    ),
    "molam": (
        (
            "Their answers were fused by MoLAM, one-vs-rest gradient-boosted trees on the LLMs' label "
            "probabilities and vote shares, extended by pseudo-labelling"
        ),
        ("mollia", "xgboost"),
    ),
    "dawid_skene": (
        "Their answers were fused by the Dawid-Skene model with the human labels held fixed",
        ("dawid_skene",),
    ),
    "vote": ("Each text got the label that most LLMs named", ()),
    "mean": ("Each text got the label with the largest mean probability over the LLMs", ()),
}


def option(settings: Mapping[str, object], table: str, key: str) -> object:
    """Return a setting of the task, None where it is not said."""
    inside = settings.get(table)
    return inside.get(key) if isinstance(inside, Mapping) else None


class Cited:
    """Numbers sources in the order in which the text first names them."""

    def __init__(self) -> None:
        self.order: list[str] = []

    def __call__(self, *keys: str) -> str:
        """Return ` [1, 2]` for sources, adding them when new."""
        for key in keys:
            if key not in self.order:
                self.order.append(key)
        return f" [{', '.join(str(self.order.index(key) + 1) for key in keys)}]" if keys else ""


def methods(result: RunResult) -> tuple[list[str], list[str]]:
    """Return the methods as sentences, and the sources they cite in order."""
    cite = Cited()
    n_human = len(seed_rows(result)[0])
    said = [
        (
            f"{count(len(result.pool), 'text')} were labelled with {count(len(result.classes), 'class', 'classes')} "
            f"by active learning with a mixture of LLMs in the loop{cite('mollia')}, as implemented in mollia."
        ),
        f"The panel had {count(len(result.panel.llms), 'LLM')} ({', '.join(result.panel.llms)})"
        + (
            f"; people labelled {count(n_human, 'row')}." if n_human else "; no row was labelled by a person."
        ),
    ]
    method = "mixture" if result.fused.method == "default" else result.fused.method
    name = next((key for key in FUSERS if method.startswith(key)), "")
    if name:
        sentence, keys = FUSERS[name]
        said.append(f"{sentence}{cite(*keys)}.")
    else:
        said.append(f"Their answers were fused by the method “{result.fused.method}”.")
    said.append(
        f"Confidences were scaled by a temperature fitted by cross-validation on the human labels"
        f"{cite('temperature')}."
        if result.fused.calibrated
        else "The confidences were not checked against human labels: they are uncalibrated."
    )
    said += _loop(result, cite)
    said += _figures(result, cite)
    return said, [SOURCES[key] for key in cite.order]


def _loop(result: RunResult, cite: Cited) -> list[str]:
    rounds = [r for r in result.rounds if r.asked]
    if not rounds:
        return []
    strategy = str(option(result.settings, "query", "strategy") or "the query strategy")
    known = {"entropy": "entropy", "default": "entropy", "coreset": "coreset"}.get(strategy)
    how = {"random": "at random", "entropy": "by maximum entropy", "default": "by maximum entropy"}.get(
        strategy, f"by {strategy}"
    )
    sizes = sorted({len(r.asked) for r in rounds})
    batch = f"{sizes[0]}" if len(sizes) == 1 else f"{sizes[0]} to {sizes[-1]}"
    said = [
        (
            f"A small text classifier (the student) was trained on the soft labels over "
            f"{count(len(rounds), 'round')} of {batch} rows, picked {how}"
            f"{cite(known) if known else ''}."
        )
    ]
    if result.stopped:
        said.append(result.stopped)
    if any(r.alpha != 1 for r in rounds):
        said.append(
            f"Rows on which the student and the fused label differed weighed "
            f"{rounds[-1].alpha:g}{cite('mollia')}."
        )
    if any(r.lambda_ for r in rounds):
        said.append(
            f"Classes that a text almost surely is not entered the loss as negative labels, with a weight "
            f"growing from {rounds[0].lambda_:g} to {rounds[-1].lambda_:g}{cite('negative', 'mollia')}."
        )
    return said


def _figures(result: RunResult, cite: Cited) -> list[str]:
    e = result.estimate
    said = []
    if e is None:
        said.append("No accuracy is claimed.")
    else:
        key = (
            "ppi"
            if "PPI" in e.method or "prediction-powered" in e.method
            else "clopper"
            if "Clopper" in e.method or "hypergeometric" in e.method
            else "wilson"
        )
        said.append(
            f"Accuracy was estimated from {count(e.n_human, 'human-labelled row')} ({e.method}){cite(key)}; "
            "no row that trained or chose anything scored it other than through cross-fitting."
        )
    if result.scores:
        said.append(
            f"Scores against gold come from the {count(result.scored_rows, 'row')} that nobody labelled, with "
            f"Wilson intervals{cite('wilson')}; gold was used for nothing else."
        )
    return said

"""What a finished run knows: the value that the writers and the report draw from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mollia.annotate.budget import NOTHING, Spending
from mollia.arrays import Mask, Probs
from mollia.estimate import Estimate
from mollia.panel import Worth
from mollia.people.agreement import Agreement
from mollia.quality.completeness import COMPLETE, Completeness, Unnamed
from mollia.quality.gold_scores import FUSED, GoldScore
from mollia.quality.judging import Judging
from mollia.quality.panel_labels import labelled
from mollia.records import Fused, HumanLabels, PanelAnswers, Pool, Round
from mollia.session.origin import NOTHING as NOTHING_KNOWN
from mollia.session.origin import Origin
from mollia.short_repr import short


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """A finished (or partial) run.

    All row-wise values are in the pool's order: `panel` (rows that were not asked have
    `asked` False), `fused` (n, K) and `source` (n,): "human", "panel" (fused answers) or
    "student" (a row the panel was not asked). `student_probs` (n, K) are the final student's, None where none was trained.
    `scores` holds what gold says of the labels on the rows nobody labelled, by name ("mollia's labels",
    "majority vote", ...), with `scored_rows` of them; empty without gold.
    `cross_fitted` (n, K) is the posterior of each human-labelled row from a fuser that did not see
    its label, NaN in all other rows; None where nothing was cross-fitted. `judging` are the rows the
    estimate rests on, None without any.
    """

    name: str
    instruction: str
    classes: tuple[str, ...]
    pool: Pool
    panel: PanelAnswers
    names_none: Mask  # (n, N) answers that name something which is not a class
    seed: HumanLabels
    fused: Fused
    source: tuple[str, ...]
    student_probs: Probs | None
    rounds: tuple[Round, ...]
    estimate: Estimate | None
    cross_fitted: Probs | None = None
    judging: Judging | None = None
    at_random: tuple[tuple[int, Mapping[str, float]], ...] = ()  # the learning curve's baseline, by rows
    scores: Mapping[str, GoldScore] = field(default_factory=dict)
    scored_rows: int = 0
    stopped: str = ""  # why no further round came, "" when it is partial
    completeness: Completeness = COMPLETE
    seconds: float = 0.0
    live: bool = False  # whether an LLM of the panel is asked, not read from a file
    spending: Spending = NOTHING  # of the task, over all its runs
    calls_now: int = 0  # of this run
    not_asked: int = 0  # answers that a cascade did not ask for
    cascade_at_most: float | None = None  # accuracy lost by that at most, in 9 of 10 panels
    named_no_class: tuple[Unnamed, ...] = ()  # replies that name none of the classes, the most frequent first
    problems: Mapping[str, Mapping[str, int]] = field(default_factory=dict)  # by LLM, by problem
    command: str = ""  # that repeats it, where no task file does
    commands: Mapping[str, str] = field(default_factory=dict)  # for what to do next, by what they do
    origin: Origin = NOTHING_KNOWN  # of texts and answers
    people: Agreement | None = None  # among the people who labelled
    changed: Mapping[str, object] = field(default_factory=dict)  # settings that differ from their defaults
    settings: Mapping[str, object] = field(default_factory=dict)  # the task as written, to repeat it
    warnings: tuple[str, ...] = ()
    outlook: tuple[str, ...] = ()  # what would help most, where the labels are weak
    worth: tuple[Worth, ...] = ()  # what the run would expect to lose without each LLM, with its cost

    __repr__ = short

    @property
    def n_labelled(self) -> int:
        """How many rows have a label."""
        return int(labelled(self.source).sum())

    @property
    def measured(self) -> Estimate | None:
        """The accuracy of the labels against gold on the rows nobody labelled; None without gold."""
        return self.scores[FUSED].accuracy if FUSED in self.scores else None

    @property
    def estimate_held(self) -> bool | None:
        """Whether the interval from the human labels contains the measured accuracy; None without either."""
        if self.measured is None or self.estimate is None:
            return None
        return self.estimate.low <= self.measured.value <= self.estimate.high

"""How many of a panel's answers are there, counted by LLM and told as they come."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence

from mollia.progress import ASKING, HearsOfLlms, LlmProgress, Progress
from mollia.records import Answer


class PanelCount:
    """Counts of one asking; `progress` is told of all LLMs together, and of each if it wants to hear of them."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._total: Counter[str] = Counter()
        self._done: Counter[str] = Counter()
        self._before: Counter[str] = Counter()
        self._failures: Counter[str] = Counter()
        self._money: dict[str, float] = defaultdict(float)
        self._began: float | None = None

    def expect(self, totals: Mapping[str, int]) -> None:
        """Take the numbers of questions, by LLM, in place of those known before."""
        self._total.update({llm: number - self._total[llm] for llm, number in totals.items()})

    def there(self, llm: str, number: int) -> None:
        """Count answers that were there before."""
        self._done[llm] += number
        self._tell(llm, number)

    def begin(self) -> None:
        """Take all that is there as having been there before the asking, which begins."""
        self._before = self._done.copy()
        self._began = time.monotonic()

    def came(self, answers: Sequence[Answer], cost: Callable[[Answer], float]) -> None:
        """Count answers that came in, and what they cost."""
        for answer in answers:
            self._done[answer.llm] += 1
            self._failures[answer.llm] += answer.problem is not None
            self._money[answer.llm] += cost(answer)
        for llm, number in Counter(answer.llm for answer in answers).items():
            self._tell(llm, number)

    def _tell(self, llm: str, more: int) -> None:
        if isinstance(self._progress, HearsOfLlms):
            self._progress.of_llm(
                LlmProgress(
                    llm=llm,
                    done=self._done[llm],
                    total=max(self._total[llm], self._done[llm]),
                    before=self._before[llm] if self._began else self._done[llm],
                    more=more,
                    failures=self._failures[llm],
                    money=self._money[llm],
                    seconds=time.monotonic() - self._began if self._began else 0.0,
                )
            )
        done = self._done.total()
        self._progress(ASKING, done, max(done, self._total.total()))

"""`mollia bench demo`: the demo's figures over random draws of its 50 human labels."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from mollia.cli.demo import ALONE, unpack
from mollia.loop.outputs import summary_of
from mollia.loop.run import run as run_task
from mollia.task.load import load_task
from mollia.usecases.demo_figures import beside_molam, beside_the_panel

BEST = "best single LLM"  # which one it is differs with the draw
Summary = Mapping[str, object]


def run(*, draws: int, out: Path, say: Callable[[str], None]) -> str:
    """Run the demo with random_state 0, 1, ...; write `demo-scores.json` to `out`; return the table.

    A draw whose folder holds figures is not run again.
    """
    kept = [_one(draw, out / f"draw-{draw}", say) for draw in range(draws)]
    (out / "demo-scores.json").write_text(json.dumps(kept, indent=1) + "\n", "utf-8")
    return table(kept)


def _one(draw: int, folder: Path, say: Callable[[str], None]) -> dict[str, object]:
    """Return one draw's figures, run or read."""
    file = folder / "figures.json"
    if not file.is_file():
        say(f"draw {draw}")
        unpack(folder)
        task = folder / "task.toml"
        text = task.read_text("utf-8")
        task.write_text(text.replace("random_state = 0", f"random_state = {draw}"), "utf-8")
        result = beside_molam(run_task(load_task(task)), random_state=draw)
        summary = summary_of(beside_the_panel(result, ALONE))
        kept = ("accuracy_against_gold", "confidence_against_gold", "reviews_to_90_percent")
        figures = {key: {_name(name): value for name, value in summary[key].items()} for key in kept}
        held = {
            key: summary[key] for key in ("accuracy_measured", "accuracy_estimate", "accuracy_estimate_held")
        }
        file.write_text(json.dumps({"random_state": draw, **figures, **held}), "utf-8")
    found: dict[str, object] = json.loads(file.read_text("utf-8"))
    return found


def _name(name: str) -> str:
    return re.sub(rf"^{BEST} .*", BEST, name)


def table(draws: Sequence[Mapping[str, object]]) -> str:
    """Return the mean, the least and the most over the draws, a line for each kind of label."""
    lines = [
        f"| over {len(draws)} draws of the 50 labels | right: mean | least | most | says | reviews to 90 % |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name in _at(draws[0], "accuracy_against_gold"):
        right, says, reviews = (
            [_at(draw, key)[name] for draw in draws]
            for key in ("accuracy_against_gold", "confidence_against_gold", "reviews_to_90_percent")
        )
        stated = "–" if None in says else f"{100 * np.mean(says):.0f}%"
        lines.append(
            f"| {name} | {100 * np.mean(right):.1f}% | {100 * min(right):.1f}% | {100 * max(right):.1f}% | {stated} "
            f"| {np.mean(reviews):.0f} |"
        )
    held = sum(draw["accuracy_estimate_held"] is True for draw in draws)
    off = [
        _at(draw, "accuracy_estimate")["value"] - _at(draw, "accuracy_measured")["value"] for draw in draws
    ]
    lines += [
        "",
        f"The estimate from the 50 labels held in {held} of {len(draws)} draws: its 95 % interval contained the measured",
    ]
    mean, low, high = (f"{100 * value:+.1f}" for value in (np.mean(off), min(off), max(off)))
    return "\n".join(
        [*lines, f"accuracy. It was off by {mean} points on average, by {low} to {high} in single draws."]
    )


def _at(draw: Mapping[str, object], key: str) -> Mapping[str, float]:
    found = draw[key]
    if not isinstance(found, Mapping):
        raise TypeError(key)
    return found

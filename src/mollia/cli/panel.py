"""`mollia panel task.toml`, `mollia panel answers.csv --labels a,b --seed-labels seed.csv`: whom to ask."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mollia.cli.options import Delimiter, Encoding, listed
from mollia.cli.output import current
from mollia.errors import DataError
from mollia.session.run_folder import LEDGER
from mollia.task.task_file import is_task
from mollia.text_format import TextFormat
from mollia.whole_files import keep_inputs, write_text

if TYPE_CHECKING:
    from mollia.asking.advise import Advice
    from mollia.panel import Search, SubPanel, Worth

EXAMPLES = {
    "The LLMs of a task, from the answers in its ledger": "panel task.toml",
    "The LLMs in a file of answers, with what one text costs": "panel answers.csv --labels yes,no --costs gemma=1.5,llama=1",
}


ANSWERS = "With a file of answers: the"
Id = Annotated[str | None, typer.Option("--id", help=f"{ANSWERS} column with the ids.")]
Text = Annotated[str | None, typer.Option("--text", help=f"{ANSWERS} column with the texts.")]
Llms = Annotated[str, typer.Option("--llms", help=f"{ANSWERS} LLMs' columns.")]


def panel(
    source: Annotated[
        Path, typer.Argument(help="A task file, or a file of LLM answers.", metavar="TASK.TOML|ANSWERS")
    ],
    *,
    labels: Annotated[
        str, typer.Option("--labels", help="With a file of answers: the class names, separated by commas.")
    ] = "",
    seed_labels: Annotated[
        Path | None,
        typer.Option("--seed-labels", help="With a file of answers: id,label, written by a person."),
    ] = None,
    loss: Annotated[
        float,
        typer.Option(min=0, max=1, help="Accuracy that the ticket may lose at most, in 9 of 10 panels."),
    ] = 0.01,
    share: Annotated[
        float,
        typer.Option(
            min=0, max=1, help="Share of the whole cost that the ticket may take, whatever it loses."
        ),
    ] = 1.0,
    cost: Annotated[
        str,
        typer.Option(
            help="money, seconds, tokens or calls; by default the first that is known for all LLMs."
        ),
    ] = "",
    costs: Annotated[
        str, typer.Option(help="With a file of answers: what one text costs, as gemma=1.5,llama=1.")
    ] = "",
    search: Annotated[str, typer.Option(help="Searches out of prune, grow, exhaustive.")] = "prune,grow",
    whole_llms: Annotated[
        bool, typer.Option("--whole-llms", help="Keep or drop whole LLMs, never one of their two views.")
    ] = False,
    rows: Annotated[int, typer.Option(min=50, help="Rows the search looks at, at most.")] = 2000,
    id_: Id = None,
    text: Text = None,
    llms: Llms = "",
    encoding: Encoding = "utf-8",
    delimiter: Delimiter = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Also write everything to this JSON file.")
    ] = None,
    random_state: Annotated[int, typer.Option("--random-state", help="Random seed.")] = 0,
) -> None:
    """Say which LLMs of a panel are worth asking.

    This is found from answers that are there already; nothing is asked.
    """
    from mollia.asking.advise import Goal  # noqa: PLC0415  # heavy: keeps --help fast
    from mollia.asking.advise_from import advise_file, advise_task  # noqa: PLC0415  # heavy: keeps --help fast
    from mollia.session.inputs import files_read  # noqa: PLC0415  # heavy: keeps --help fast
    from mollia.session.panel_file import PanelFile  # noqa: PLC0415  # the same
    from mollia.task.load import load_task  # noqa: PLC0415  # the same

    goal = Goal(
        unit=cost or None,
        loss=loss,
        share=share,
        searches=listed(search),
        views=not whole_llms,
        most_rows=rows,
    )
    of_task = is_task(source)
    _refuse_mixed(is_task=of_task, labels=labels, costs=costs)
    said = current()
    with said.progress() as progress:
        if of_task:
            task = load_task(source)
            if out is not None:
                keep_inputs(out, [*files_read(task), task.run.out / LEDGER])
            advice = advise_task(task, goal=goal, progress=progress)
        else:
            if out is not None:
                keep_inputs(out, [source, seed_labels])
            advice = advise_file(
                PanelFile(
                    path=source,
                    classes=listed(labels),
                    id=id_,
                    text=text,
                    llms=listed(llms),
                    text_format=TextFormat(encoding=encoding, delimiter=delimiter),
                ),
                seed_labels=seed_labels,
                costs=_costs(costs),
                say=said.note,
                progress=progress,
                goal=goal,
                random_state=random_state,
            )
    if out is not None:
        write_text(out, json.dumps(as_json(advice), indent=1, ensure_ascii=False) + "\n")
    said.give(**as_json(advice))
    said.say(*lines(advice, loss))


def lines(advice: Advice, loss: float) -> list[str]:
    """Return the tables and sentences that the command prints."""
    found, unit = advice.search, advice.costs.unit
    whole, ticket = found.whole, found.ticket
    lines = [
        f"The whole panel: {len(whole.llms)} LLMs, {whole.cost:.3g} {unit} per text; expected accuracy {advice.expected:.3f}"
        + (
            f", cross-fitted on {advice.whole.n_human} human rows ({advice.whole.method}) {_span(advice.whole)}"
            if advice.whole
            else ""
        ),
        "",
        f"{'cost':>6}  {'expected loss of accuracy (95 % interval)':<42}{'at most':>8}{'labels changed':>16}  asked",
    ]
    for each in found.front:
        mark = " <- ticket" if each is ticket else ""
        interval = f"{each.loss.value:.4f} ({each.loss.low:.4f} to {each.loss.high:.4f})"
        lines.append(
            f"{each.share:>6.1%}  {interval:<42}{each.loss.at_most:>8.4f}{each.loss.changed:>16.1%}  {each.name}{mark}"
        )
    lines += ["", *_ticket(ticket, advice, loss), "", *_worth(advice.worth, unit)]
    lines += [f"Note: {note}" for note in advice.notes]
    lines.append(
        f"{found.tried} sub-panels, {advice.n_refits} refits on {advice.n_rows} rows with {advice.n_human} human "
        f"labels, {advice.seconds:.0f} s."
    )
    return lines


def _ticket(ticket: SubPanel, advice: Advice, loss: float) -> list[str]:
    if ticket is advice.search.whole:
        return [_no_ticket(advice.search, loss)]
    said = f"Winning ticket: {ticket.name}. {ticket.share:.0%} of the cost, expected to lose {100 * ticket.loss.value:.2f} points, at most {100 * ticket.loss.at_most:.2f} in 9 of 10 panels"
    if advice.whole and advice.ticket:
        said += f"; on the human rows, cross-fitted, {_span(advice.ticket)} against {_span(advice.whole)}"
    lines = [said + "."]
    if ticket.loss.at_most > loss:
        lines.append(
            f"Nothing within that cost loses at most {_points(loss)} in 9 of 10 panels; this loses least of what is."
        )
    return lines


def _no_ticket(found: Search, loss: float) -> str:
    """Say that all LLMs must be asked, and what the best smaller panel would lose."""
    smaller = [each for each in found.front if each is not found.whole]
    said = f"No smaller panel is known to lose at most {_points(loss)} in 9 of 10 panels: ask all of them."
    if not smaller:
        return said
    best = min(smaller, key=lambda each: each.loss.at_most)
    return (
        f"{said} The nearest is {best.name}: {best.share:.0%} of the cost; it changes {best.loss.changed:.1%} of the labels "
        f"and loses at most {100 * best.loss.at_most:.2f} points. --loss allows more."
    )


def _worth(table: tuple[Worth, ...], unit: str) -> list[str]:
    head = f"{'LLM':<24}{'adds':>8}{'±':>7}{'alone':>8}{'missed':>8}{unit + ' per text':>17}{'tokens':>9}{'seconds':>9}  what is wrong"
    rows = [
        f"{each.llm:<24}{each.adds:>8.3f}{each.adds_error:>7.3f}{each.alone:>8.3f}{each.missed:>8.4f}"
        f"{each.cost:>17.3g}{_known(each.asking.tokens, 0):>9}{_known(each.asking.seconds, 2):>9}  {'; '.join(each.faults)}"
        for each in table
    ]
    note = (
        "adds: Shapley value, its share of the accuracy; alone: expected accuracy of its labels; "
        "missed: expected loss without it."
    )
    return [head.rstrip(), *(row.rstrip() for row in rows), note]


def as_json(advice: Advice) -> dict[str, Any]:
    """Return the advice as JSON values."""
    return {
        "unit": advice.costs.unit,
        "expected_accuracy": advice.expected,
        "rows": advice.n_rows,
        "human_labels": advice.n_human,
        "whole": _panel_json(advice.search.whole) | {"cross_fitted": _estimate(advice.whole)},
        "ticket": _panel_json(advice.search.ticket) | {"cross_fitted": _estimate(advice.ticket)},
        "front": [_panel_json(each) for each in advice.search.front],
        "worth": [
            {
                "llm": each.llm,
                "adds": each.adds,
                "adds_error": each.adds_error,
                "alone": each.alone,
                "missed": each.missed,
                "cost": each.cost,
                "calls": each.asking.calls,
                "tokens": _or_none(each.asking.tokens),
                "seconds": _or_none(each.asking.seconds),
                "money": _or_none(each.asking.money),
                "faults": list(each.faults),
            }
            for each in advice.worth
        ],
        "tried": advice.search.tried,
        "refits": advice.n_refits,
        "seconds": round(advice.seconds, 2),
        "notes": list(advice.notes),
    }


def _panel_json(each: SubPanel) -> dict[str, Any]:
    return {
        "parts": [{"llm": part.llm, "view": part.view} for part in each.parts],
        "cost": each.cost,
        "share": each.share,
        "loss": each.loss.value,
        "low": each.loss.low,
        "high": each.loss.high,
        "at_most": each.loss.at_most,
        "changed": each.loss.changed,
        "found_by": each.found_by,
    }


def _estimate(found: Any) -> dict[str, float] | None:  # noqa: ANN401  # an Estimate or None
    return None if found is None else {"value": found.value, "low": found.low, "high": found.high}


def _span(found: Any) -> str:  # noqa: ANN401  # an Estimate
    return f"{found.value:.3f} ({found.low:.3f} to {found.high:.3f})"


def _points(loss: float) -> str:
    return "1 point" if f"{100 * loss:g}" == "1" else f"{100 * loss:g} points"


def _known(value: float, digits: int) -> str:
    return "" if math.isnan(value) else f"{value:.{digits}f}"


def _or_none(value: float) -> float | None:
    return None if math.isnan(value) else value


def _refuse_mixed(*, is_task: bool, labels: str, costs: str) -> None:
    if is_task and (labels or costs):
        raise DataError(
            "--labels and --costs go with a file of answers; a task names its classes and prices itself.",
            hint="Leave them out, or name the file of answers in place of the task.",
        )
    if not is_task and len(listed(labels)) < 2:  # noqa: PLR2004  # a choice needs two
        raise DataError(
            "--labels must name at least two classes.",
            hint="Separate the class names by commas: --labels refund,delivery,other",
        )


def _costs(written: str) -> dict[str, float]:
    """Return `gemma=1.5,llama=1` as a mapping."""
    out = {}
    for part in listed(written):
        name, _, number = part.rpartition("=")
        try:
            out[name.strip()] = float(number)
        except ValueError:
            raise DataError(
                f'--costs: "{part}" is not an LLM and a number.', hint="Write --costs gemma=1.5,llama=1"
            ) from None
    return out

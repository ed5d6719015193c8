"""`mollia bench ...`: the comparisons behind the figures in README and docs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from mollia.errors import DataError

bench_app = typer.Typer(
    name="bench",
    help="Repeat the comparisons on the recorded panels (they need ../shared/data or MOLLIA_DATA).",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@bench_app.callback()
def _bench() -> None:
    """Repeat the comparisons on the recorded panels."""


@bench_app.command()
def fusion(  # noqa: PLR0917  # typer's options
    labels: Annotated[str, typer.Option(help="Numbers of human labels.")] = "0,10,20,50,100,200,500,1000",
    sets: Annotated[str, typer.Option(help="Recorded panels.")] = "trec,pubmed,policy_en,consumer_complaints",
    methods: Annotated[
        str, typer.Option(help="Fusers, and the baselines best_llm and supervised.")
    ] = "default,molam,dawid_skene,vote,mean,best_llm,supervised",
    draws: Annotated[int, typer.Option(min=1, help="Random draws of the human labels.")] = 10,
    out: Annotated[Path, typer.Option(help="Folder for cells, table, JSON and plot.")] = Path("bench-fusion"),
    processes: Annotated[int, typer.Option(min=0, help="Processes at once; 0: one a core.")] = 0,
    text_view: Annotated[
        str,
        typer.Option(
            help="Compare a kind of student, such as finetune, with TF-IDF as the text view instead."
        ),
    ] = "",
    text_model: Annotated[
        str | None, typer.Option(help="Where fine-tuning starts: a folder or a hub name.")
    ] = None,
    picked: Annotated[
        str | None,
        typer.Option(help="With --text-view: the strategy of mollia seed that picks the human rows."),
    ] = None,
    speed: Annotated[
        str, typer.Option(help="Time pools of so many rows instead, such as 10000,100000.")
    ] = "",
    peers: Annotated[
        str | None,
        typer.Option(
            help="A Python with crowd-kit, snorkel and cleanlab: compare with them, at 50 labels, instead."
        ),
    ] = None,
    calibration: Annotated[
        bool, typer.Option("--calibration", help="Compare ways to calibrate the default instead.")
    ] = False,
) -> None:
    """Compare fusers from no human label to a thousand; goes on where it was stopped."""
    if peers:
        from mollia.bench.peers import run as run_peers  # noqa: PLC0415  # the other commands do without

        typer.echo(
            run_peers(
                sets=_words(sets),
                methods=_words(methods),
                labels=50,
                draws=draws,
                python=peers,
                out=out,
                say=_say,
            )
        )
        return
    if speed:
        from mollia.bench import fusion_speed  # noqa: PLC0415  # the other commands do without

        typer.echo(fusion_speed.run(rows=[_number(word) for word in _words(speed)]))
        return
    if text_view:
        from mollia.bench import fusion_view  # noqa: PLC0415  # the other commands do without

        typer.echo(
            fusion_view.run(
                view=text_view,
                weights=text_model,
                picked=picked,
                sets=_words(sets),
                labels=[_number(word) for word in _words(labels)],
                draws=draws,
                out=out,
                processes=_cores(processes),
                say=_say,
            )
        )
        return
    if calibration:
        from mollia.bench import fusion_calibration  # noqa: PLC0415  # the other commands do without

        typer.echo(
            fusion_calibration.run(
                sets=_words(sets),
                labels=[_number(word) for word in _words(labels)],
                draws=draws,
                out=out,
                processes=_cores(processes),
                say=_say,
            )
        )
        return
    from mollia.bench.fusion import run  # noqa: PLC0415  # the other commands do without

    typer.echo(
        run(
            sets=_words(sets),
            methods=_words(methods),
            labels=[_number(word) for word in _words(labels)],
            draws=draws,
            out=out,
            processes=_cores(processes),
            say=_say,
        )
    )


@bench_app.command()
def coverage(  # noqa: PLR0917  # typer's options
    labels: Annotated[str, typer.Option(help="Numbers of human rows that score.")] = "50,100,200",
    sets: Annotated[str, typer.Option(help="Recorded panels.")] = "trec,pubmed,policy_en,consumer_complaints",
    resamples: Annotated[int, typer.Option(min=0, help="Audit samples for each figure.")] = 1000,
    seed_resamples: Annotated[
        int, typer.Option(min=0, help="Cross-fitted seeds for each figure; each takes six fits.")
    ] = 1000,
    out: Annotated[Path, typer.Option(help="Folder for cells and tables.")] = Path("bench-coverage"),
    processes: Annotated[int, typer.Option(min=0, help="Processes at once; 0: one a core.")] = 0,
) -> None:
    """Check that accuracy intervals and promises hold; goes on where it was stopped."""
    from mollia.bench.coverage import run  # noqa: PLC0415  # the other commands do without

    typer.echo(
        run(
            sets=_words(sets),
            labels=[_number(word) for word in _words(labels)],
            resamples=resamples,
            seed_resamples=seed_resamples,
            out=out,
            processes=_cores(processes),
            say=_say,
        )
    )


@bench_app.command()
def annotate(
    calls: Annotated[int, typer.Option(min=10, help="Questions put to the loopback server.")] = 3000,
    rows: Annotated[int, typer.Option(min=100, help="Rows over which memory should stay flat.")] = 200_000,
    weights: Annotated[
        Path | None,
        typer.Option(help="A .gguf base model, for the part with a real LLM.", metavar="FILE.GGUF"),
    ] = None,
) -> None:
    """Measure what asking costs on our side, and the tokens a real LLM reads."""
    from mollia.bench.annotate import run  # noqa: PLC0415  # the other commands do without

    typer.echo(run(calls=calls, rows=rows, weights=weights, say=_say))


@bench_app.command()
def query(
    rows: Annotated[str, typer.Option(help="Sizes of the pool.")] = "10000,100000",
    strategies: Annotated[str, typer.Option(help="Strategies; all by default.")] = "",
    peers: Annotated[
        str | None, typer.Option(help="A Python with small-text and scikit-activeml installed.")
    ] = None,
    draws: Annotated[int, typer.Option(min=1, help="Pools per size; the median counts.")] = 1,
    out: Annotated[Path, typer.Option(help="Folder for table and JSON.")] = Path("bench-query"),
) -> None:
    """Time the query strategies on made-up vectors, beside two peers where they are installed."""
    from mollia.bench.query import run, strategy_names  # noqa: PLC0415  # the other commands do without

    typer.echo(
        run(
            rows=[_number(word) for word in _words(rows)],
            strategies=_words(strategies) or strategy_names(),
            peers=peers,
            draws=draws,
            out=out,
            say=_say,
        )
    )


@bench_app.command()
def student(  # noqa: PLR0917  # typer's options
    labels: Annotated[int, typer.Option(min=5, help="Human labels.")] = 50,
    sets: Annotated[str, typer.Option(help="Recorded panels.")] = "trec,pubmed,policy_en,consumer_complaints",
    student: Annotated[str, typer.Option(help="frozen (lexical) or finetune.")] = "frozen",
    recipes: Annotated[str, typer.Option(help="Recipes, with ; between them; all by default.")] = "",
    model: Annotated[
        str | None, typer.Option(help="Where fine-tuning starts: a hub name or a folder.")
    ] = None,
    text_view: Annotated[
        str, typer.Option(help="What reads the texts for the fuser: tfidf, or finetune as the student.")
    ] = "tfidf",
    draws: Annotated[int, typer.Option(min=1, help="Random draws of the human labels.")] = 5,
    out: Annotated[Path, typer.Option(help="Folder for cells, table and JSON.")] = Path("bench-student"),
    processes: Annotated[int, typer.Option(min=0, help="Processes at once; 0: one a core.")] = 0,
) -> None:
    """Compare ways to train the student on fused labels, with true labels as the ceiling."""
    from mollia.bench.student import run  # noqa: PLC0415  # the other commands do without

    typer.echo(
        run(
            sets=_words(sets),
            labels=labels,
            draws=draws,
            out=out,
            student=student,
            recipes=[word.strip() for word in recipes.split(";") if word.strip()],
            weights=model,
            view=text_view,
            processes=_cores(processes),
            say=_say,
        )
    )


@bench_app.command()
def paper(  # noqa: PLR0917  # typer's options
    sets: Annotated[
        str, typer.Option(help="trec (official test set), pubmed (held-out ids).")
    ] = "trec,pubmed",
    students: Annotated[
        str, typer.Option(help="frozen, finetune, frozen+finetune (queries, and is scored at the end).")
    ] = "frozen",
    model: Annotated[
        str | None, typer.Option(help="Where fine-tuning starts: a hub name or a folder.")
    ] = None,
    strategies: Annotated[
        str, typer.Option(help="Query strategies.")
    ] = "random,entropy,coreset,noise_stability,bemps",
    annotators: Annotated[
        str, typer.Option(help="Who labels what the strategy picks; ours_plain: without row weights and Y-.")
    ] = "oracle,best_llm,mean,vote,molam,ours",
    seeds: Annotated[int, typer.Option(min=1, help="Random draws of the 50 human labels.")] = 5,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds after the seed.")] = 10,
    quick: Annotated[bool, typer.Option("--quick", help="A look: 3 rounds on 1,000 rows of trec.")] = False,
    only_show: Annotated[
        bool, typer.Option("--show", help="Measure nothing: tables of the whole seeds in --out.")
    ] = False,
    out: Annotated[Path, typer.Option(help="Folder for cells, labels, tables, JSON and plots.")] = Path(
        "bench-paper"
    ),
    processes: Annotated[
        int, typer.Option("--processes", "--workers", min=0, help="Processes at once; 0: one a core.")
    ] = 0,
) -> None:
    """Repeat the paper's protocol without its leaks; goes on where it was stopped."""
    from mollia.bench.paper import QUICK, Grid, run, show  # noqa: PLC0415  # the other commands do without

    if only_show:
        typer.echo(show(out))
        return
    grid = Grid(
        sets=_words(sets),
        students=_words(students),
        strategies=_words(strategies),
        annotators=_words(annotators),
        seeds=seeds,
        rounds=rounds,
    )
    typer.echo(
        run(
            QUICK if quick else grid,
            out=out,
            weights=model,
            processes=_cores(processes),
            say=_say,
        )
    )


@bench_app.command()
def seed(  # noqa: PLR0917  # typer's options
    labels: Annotated[str, typer.Option(help="Numbers of human labels.")] = "20,50,100,200",
    sets: Annotated[str, typer.Option(help="Recorded panels.")] = "trec,pubmed,policy_en,consumer_complaints",
    strategies: Annotated[
        str, typer.Option(help="Strategies of mollia seed, and margin.")
    ] = "random,weighted_kmeans,batches,margin",
    draws: Annotated[int, typer.Option(min=1, help="Random draws.")] = 10,
    out: Annotated[Path, typer.Option(help="Folder for cells, table, JSON and plot.")] = Path("bench-seed"),
    processes: Annotated[int, typer.Option(min=0, help="Processes at once; 0: one a core.")] = 0,
) -> None:
    """Replay gold as the person: what choosing the labelled rows is worth; goes on where it was stopped."""
    from mollia.bench.seed import run  # noqa: PLC0415  # the other commands do without

    typer.echo(
        run(
            sets=_words(sets),
            strategies=_words(strategies),
            labels=[_number(word) for word in _words(labels)],
            draws=draws,
            out=out,
            processes=_cores(processes),
            say=_say,
        )
    )


@bench_app.command()
def predict(
    repeats: Annotated[int, typer.Option(min=1, help="Runs; the fastest counts.")] = 5,
) -> None:
    """Time the lexical student on one core, beside scikit-learn's pipeline."""
    from mollia.bench.predict import measure, report  # noqa: PLC0415  # the other commands do without

    typer.echo(report(measure(repeats=repeats)))


def _say(sentence: str) -> None:
    typer.echo(sentence, err=True)


def _cores(processes: int) -> int:
    return processes or os.cpu_count() or 1


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _number(word: str) -> int:
    if not word.isdecimal():
        raise DataError(f'"{word}" is no number.', hint="Write numbers with commas between them: 50,200.")
    return int(word)


@bench_app.command()
def review(  # noqa: PLR0917  # typer's options
    reviews: Annotated[
        int, typer.Option(min=20, help="Reviews in a replay; random goes to twice as many.")
    ] = 100,
    sets: Annotated[str, typer.Option(help="Recorded panels.")] = "trec,pubmed,policy_en,consumer_complaints",
    orders: Annotated[
        str, typer.Option(help="Orders to compare.")
    ] = "useful,per_minute,margin,least_confidence,random",
    draws: Annotated[int, typer.Option(min=1, help="Random draws of the first rows.")] = 4,
    out: Annotated[Path, typer.Option(help="Folder for cells, table, JSON and plot.")] = Path("bench-review"),
    processes: Annotated[int, typer.Option(min=0, help="Processes at once; 0: one a core.")] = 0,
) -> None:
    """Replay gold as the reviewer: accuracy against the number of reviews; goes on where it was stopped."""
    from mollia.bench.review import run  # noqa: PLC0415  # the other commands do without

    typer.echo(
        run(
            sets=_words(sets),
            orders=_words(orders),
            reviews=reviews,
            draws=draws,
            out=out,
            processes=_cores(processes),
            say=_say,
        )
    )


@bench_app.command()
def panel(  # noqa: PLR0917  # typer's options
    labels: Annotated[int, typer.Option(min=10, help="Human labels.")] = 50,
    sets: Annotated[str, typer.Option(help="Recorded panels.")] = "trec,pubmed,policy_en,consumer_complaints",
    methods: Annotated[
        str, typer.Option(help="Tickets, the criteria behind them, cascades.")
    ] = "ticket,ticket_llms,ticket_priced,criteria,cascade,cascade_priced",
    draws: Annotated[int, typer.Option(min=1, help="Random draws of the human labels.")] = 10,
    out: Annotated[Path, typer.Option(help="Folder for cells, table and JSON.")] = Path("bench-panel"),
    processes: Annotated[int, typer.Option(min=0, help="Processes at once; 0: one a core.")] = 0,
) -> None:
    """Measure lottery tickets and the cascade against the whole panel; goes on where it was stopped."""
    from mollia.bench.panel import run  # noqa: PLC0415  # the other commands do without

    typer.echo(
        run(
            sets=_words(sets),
            methods=_words(methods),
            labels=labels,
            draws=draws,
            out=out,
            processes=_cores(processes),
            say=_say,
        )
    )

"""`mollia bench ...`: one file per benchmark; what a benchmark needs is imported when it runs."""

from __future__ import annotations

import typer

from mollia_benchmarks.cli.adapt import adapt
from mollia_benchmarks.cli.advise import advise
from mollia_benchmarks.cli.annotate import annotate
from mollia_benchmarks.cli.chain import chain
from mollia_benchmarks.cli.coverage import coverage
from mollia_benchmarks.cli.data import data
from mollia_benchmarks.cli.demo import demo
from mollia_benchmarks.cli.engine import engine
from mollia_benchmarks.cli.fusion import fusion
from mollia_benchmarks.cli.lighter import lighter
from mollia_benchmarks.cli.panel import panel
from mollia_benchmarks.cli.paper import paper
from mollia_benchmarks.cli.predict import predict
from mollia_benchmarks.cli.priors import priors
from mollia_benchmarks.cli.promise import promise
from mollia_benchmarks.cli.query import query
from mollia_benchmarks.cli.record import record
from mollia_benchmarks.cli.reliability import reliability
from mollia_benchmarks.cli.review import review
from mollia_benchmarks.cli.scale import scale
from mollia_benchmarks.cli.scale_run import scale_run
from mollia_benchmarks.cli.seed import seed
from mollia_benchmarks.cli.seed_figure import seed_figure
from mollia_benchmarks.cli.student import student

app = typer.Typer(
    name="bench",
    help="Repeat the comparisons on the recorded panels of the repository, or of a folder (--data).",
    no_args_is_help=True,
    rich_markup_mode=None,
)
for command in (
    data,
    record,
    fusion,
    coverage,
    demo,
    annotate,
    advise,
    query,
    student,
    paper,
    seed,
    seed_figure,
    predict,
    review,
    panel,
    priors,
    adapt,
    promise,
    chain,
    lighter,
    reliability,
    scale,
    scale_run,
    engine,
):
    app.command()(command)


@app.callback()
def _bench() -> None:
    """Repeat the comparisons on the recorded panels."""

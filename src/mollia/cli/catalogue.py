"""The commands, by group: where each is found, and what it does in one line.

A command's module is imported when it is called or its help is read. Its summary stands here too, so that
`mollia --help` imports none of them; a test compares it with the docstring.
"""

from __future__ import annotations

from dataclasses import dataclass

ADDED = "Measure"  # the group of commands that other packages add


@dataclass(frozen=True, slots=True)
class Listed:
    """A command as `mollia --help` shows it."""

    name: str
    target: str
    summary: str


GROUPS: dict[str, tuple[Listed, ...]] = {
    "Start": (
        Listed(
            "demo", "mollia.cli.demo:demo", "See what mollia does: offline, with recorded answers of LLMs."
        ),
        Listed("init", "mollia.cli.init:init", "Write a task.toml; find columns and LLMs."),
    ),
    "Ask the LLMs": (
        Listed("doctor", "mollia.cli.doctor:doctor", "Check that each LLM answers, and show what it can do."),
        Listed("plan", "mollia.cli.plan:plan", "Estimate calls, tokens, time and money of asking the panel."),
        Listed(
            "annotate", "mollia.cli.annotate:annotate", "Ask the panel about every text, and nothing else."
        ),
        Listed(
            "ledger", "mollia.cli.ledger:ledger", "Show, export or merge the answers and human labels kept."
        ),
    ),
    "Label by hand": (
        Listed("seed", "mollia.cli.seed:seed", "Write the rows a person should label to a file."),
        Listed("serve", "mollia.cli.serve:serve", "Label and review in the browser, on this machine only."),
    ),
    "Results": (
        Listed(
            "run", "mollia.cli.run:run", "Ask the panel, fuse, train the student, write labels and report."
        ),
        Listed("fuse", "mollia.cli.fuse:fuse", "Fuse LLM answers you already have with a few human labels."),
        Listed(
            "report", "mollia.cli.report:report", "Write labels and report again, without asking any LLM."
        ),
        Listed("predict", "mollia.cli.predict:predict", "Label a file of any length with a trained student."),
        Listed(
            "adapt",
            "mollia.cli.adapt:adapt",
            "Carry a finished task to new data: another source, year or language.",
        ),
    ),
    "Exchange with other tools": (
        Listed(
            "import",
            "mollia.cli.import_:import_",
            "Read labels from another labelling tool.",
        ),
        Listed(
            "export",
            "mollia.cli.export:export",
            "Write rows, or the student, for other tools.",
        ),
    ),
    "Measure": (
        Listed("compare", "mollia.cli.compare:compare", "Compare two labellings of the same rows."),
        Listed("panel", "mollia.cli.panel:panel", "Say which LLMs of a panel are worth asking."),
        Listed(
            "prompts",
            "mollia.cli.prompts:prompts",
            "Choose each LLM's wording and examples on the labelled rows.",
        ),
        Listed("priors", "mollia.cli.priors:priors", "Keep what finished tasks showed of each LLM."),
        Listed(
            "advise", "mollia.cli.advise:advise", "Say what would help most: labels, an LLM, or descriptions."
        ),
    ),
}

# Shown where no package adds a command of that name.
STAND_IN = Listed(
    "bench", "mollia.cli.bench:bench", "Repeat our benchmarks; they are in mollia's repository, not here."
)

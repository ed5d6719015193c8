"""Who made the recorded panels: ATTRIBUTION.md of a folder, written from its labels.json.

`python -m mollia_benchmarks.attribution` writes that of the repository's panels.
"""

from __future__ import annotations

from pathlib import Path

from mollia.errors import DataError
from mollia_benchmarks import DATA
from mollia_benchmarks.described import Described, described

FILE = "ATTRIBUTION.md"
HEAD = """# Where the recorded panels come from

Written from labels.json by `python -m mollia_benchmarks.attribution`. Each set holds texts, gold labels and the answers
that LLMs once gave, and is distributed under the licence of its source, which is named with it. CC BY 4.0:
https://creativecommons.org/licenses/by/4.0/, CC BY 3.0: https://creativecommons.org/licenses/by/3.0/, Apache-2.0:
https://www.apache.org/licenses/LICENSE-2.0, MIT: the LICENSE file of the repository that is named; a source `github:A/B`
is https://github.com/A/B.
"""


def attribution(data: Path) -> str:
    """Return the text: per set its source, licence, what gold is, what was changed, and its size.

    Raises
    ------
    DataError
        When a set does not say who made it, under which licence, what gold is, or what was changed.
    """
    return "\n".join([HEAD, *(_section(name, each) for name, each in described(data).items())])


def _section(name: str, each: Described) -> str:
    lines = {"Source": each.source, "Licence": each.licence, "Gold": each.gold, "Changed": each.changed}
    for key, value in lines.items():
        if not value.strip():
            raise DataError(
                f'The set "{name}" has no {key.lower()} in labels.json.',
                hint="A set that is distributed states source, licence, gold and changed.",
            )
    size = f"{each.n} rows" + (f" and {each.n_test} test rows" if each.n_test else "")
    lines["Size"] = f"{size}, {len(each.labels)} classes, {len(each.llms)} LLMs"
    return f"## {name}\n\n" + "".join(f"- {key}: {value}\n" for key, value in lines.items())


if __name__ == "__main__":
    (DATA / FILE).write_text(attribution(DATA), "utf-8")

"""Writes texts.csv and examples.csv: requests of Banking77 whose intent's name puts them in one of five groups.

make.sh runs it: python texts.py FOLDER
"""

import csv
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

HERE = Path(__file__).parent
GROUPS = {
    "bank transfer": ("transfer",),
    "cash withdrawal": ("cash_withdrawal", "atm"),
    "top-up": ("top_up", "topping_up"),
    "currency exchange": ("exchange", "fiat_currency"),
    "card": (
        "card_arrival",
        "card_not_working",
        "lost_or_stolen_card",
        "contactless",
        "order_physical_card",
        "getting_spare_card",
    ),
}
PER_CLASS = 30
EXAMPLES_PER_CLASS = 1
ROWS = 110


def group_of(intent: str) -> str:
    """Return the one group whose words the intent's name has, else nothing."""
    found = [name for name, words in GROUPS.items() if any(word in intent.lower() for word in words)]
    return found[0] if len(found) == 1 else ""


def main(out: Path) -> None:
    """Draw the rows, always the same."""
    source = pq.read_table(
        HERE.parent / "banking77_small_llms_pool.parquet", columns=["id", "text", "gold"]
    ).to_pylist()
    order = np.random.default_rng(0).permutation(len(source)).tolist()
    taken: dict[str, list[dict[str, str]]] = {name: [] for name in GROUPS}
    for at in order:
        row = source[at]
        group = group_of(row["gold"])
        if group and len(taken[group]) < PER_CLASS + EXAMPLES_PER_CLASS:
            taken[group].append({"id": str(row["id"]), "text": row["text"], "gold": group})
    shown = [row for rows in taken.values() for row in rows[:EXAMPLES_PER_CLASS]]
    asked = [row for rows in taken.values() for row in rows[EXAMPLES_PER_CLASS:]]
    asked = [asked[at] for at in np.random.default_rng(1).permutation(len(asked))[:ROWS]]
    with (out / "texts.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["id", "text", "gold"], lineterminator="\n")
        writer.writeheader()
        writer.writerows([*asked, *({**row, "gold": ""} for row in shown)])
    with (out / "examples.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["id", "label"], lineterminator="\n")
        writer.writeheader()
        writer.writerows({"id": row["id"], "label": row["gold"]} for row in shown)


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""Tasks and matching for the tests of the exchange formats."""

import numpy as np

from mollia.exchange.exported import Keys
from mollia.exchange.opinions import opinions
from mollia.exchange.tasks import Tasks

CLASSES = ("Refund", "Delivery & returns", "Other")
IDS = ("r1", "r2", "r3", "r4")
TEXTS = ("My parcel is late", "I was charged twice", "Do you sell <gift> cards?", "Café closed?")
KEYS = Keys()


def tasks(**changes):
    nan = float("nan")
    values = {
        "ids": IDS,
        "texts": TEXTS,
        "classes": CLASSES,
        "label": np.array([1, 0, 2, -1]),
        "score": np.array([0.91234567, 0.5, 0.75, nan]),
        "chance": np.array([0.25, nan, nan, 0.25]),
        "model": "mollia 0.2.0",
        "instruction": 'What does the "customer" want?',
    }
    return Tasks(**(values | changes))


def matched(export, **options):
    return opinions(export, classes=CLASSES, ids=IDS, texts=TEXTS, **options)


def by_id(labels):
    return {id_: CLASSES[k] for id_, k in zip(labels.ids, labels.y.tolist(), strict=True)}

"""Query strategies: which rows to take next.

A strategy is a function of a view, a number and a generator; functions carry their modules' names, so they
are bound here at once.
"""

from mollia.query.badge import badge
from mollia.query.bald import bald
from mollia.query.bemps import bemps
from mollia.query.benefit import benefit
from mollia.query.class_balanced import balanced_margin
from mollia.query.coreset import coreset
from mollia.query.entropy import entropy
from mollia.query.margin import margin
from mollia.query.noise_stability import noise_stability
from mollia.query.prob_cover import prob_cover
from mollia.query.random_draw import random_draw
from mollia.query.student_versus_panel import student_versus_panel
from mollia.query.typiclust import typiclust
from mollia.query.vote_entropy import vote_entropy

__all__ = [
    "badge",
    "balanced_margin",
    "bald",
    "bemps",
    "benefit",
    "coreset",
    "entropy",
    "margin",
    "noise_stability",
    "prob_cover",
    "random_draw",
    "student_versus_panel",
    "typiclust",
    "vote_entropy",
]

"""Which LLMs are worth asking: sub-panels that do as well, what each LLM adds, whom to ask about which row."""

from mollia.panel.costs import Asking, Costs, make_costs
from mollia.panel.lottery_ticket import Search, SubPanel, search
from mollia.panel.parts import Part, parts_of, restricted
from mollia.panel.refits import Refits
from mollia.panel.worth import Worth, worth

__all__ = [
    "Asking",
    "Costs",
    "Part",
    "Refits",
    "Search",
    "SubPanel",
    "Worth",
    "make_costs",
    "parts_of",
    "restricted",
    "search",
    "worth",
]

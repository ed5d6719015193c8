"""Where a row's label comes from, in the words of the output."""

HUMAN = "human"
COPY = "copy of a human label"
PANEL = "panel"
STUDENT = "student"
FAILED = "failed"  # no LLM gave a usable answer and no person a label: the label stays blank

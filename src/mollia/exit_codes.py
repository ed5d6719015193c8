"""The exit codes of the command line: one for each kind of outcome."""

from __future__ import annotations

from types import MappingProxyType

DONE = 0
FAULT = 1
WRONG_INPUT = 2
LLM_FAILED = 3
UNSURE = 4
PARTIAL = 5
INTERRUPTED = 130
# In the environment of a command that SIGINT ends even where it is ignored, as in what a shell starts in the background.
STOPPABLE = "MOLLIA_STOPPABLE"

MEANINGS = MappingProxyType(
    {
        DONE: "what was asked for was done",
        FAULT: "stopped at a question, or by an error in mollia itself",
        WRONG_INPUT: "the command line, the task or the data is wrong",
        LLM_FAILED: "an LLM could not be asked, or gave too few usable answers",
        UNSURE: "too few human labels, or too many answers that name no class",
        PARTIAL: "a part is done and kept; the same command goes on from there",
        INTERRUPTED: "stopped with Ctrl+C; what was answered is kept",
    }
)

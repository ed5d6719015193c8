"""A look at the panel's servers: what each can do."""

from __future__ import annotations

from mollia.annotate.llama_cpp import LlamaCpp
from mollia.annotate.openai_server import OpenAIServer
from mollia.annotate.probe import Probe, probe
from mollia.session.annotators import build_annotators
from mollia.session.questions import questions_by_llm
from mollia.session.task_pool import pool_of
from mollia.task.config import Task

SHOWN_TO = 2  # questions a probe needs


def look_at_panel(task: Task) -> list[Probe]:
    """Return what each live panel member can do; recorded ones need no look."""
    pool = pool_of(task)
    annotators = build_annotators(task, pool)
    questions = questions_by_llm(task, pool)
    found = []
    try:
        for annotator in annotators:
            client = annotator.asked if isinstance(annotator, LlamaCpp) else annotator
            if isinstance(client, OpenAIServer):
                some = [question for question in questions[annotator.name] if question.prompt.user]
                found.append(probe(client, some[:SHOWN_TO]))
    finally:
        for annotator in annotators:
            annotator.close()
    return found

"""Questions by their settings alone, whatever value holds each."""

from dataclasses import fields

from mollia.annotate.prompt import make_questions
from mollia.settings import AskedWith

HOW = {each.name for each in fields(AskedWith)}


def questions_about(ids, texts, **settings):
    """`make_questions`, with the settings of `AskedWith` given by name."""
    how = {name: settings.pop(name) for name in HOW & set(settings)}
    return make_questions(ids, texts, **settings, asked_with=AskedWith(**how))

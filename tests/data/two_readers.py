"""What a file holds, or why it is refused, so that two ways of reading can be compared."""

from mollia.data.files import file_batches
from mollia.data.panel_file import read_panel_columns
from mollia.errors import DataError

CLASSES = ("1", "10", "NA")


def outcome(read):
    try:
        return read()
    except DataError as error:
        return ("refused", *error.args, error.hint)


def table(path, how):
    (found,) = file_batches(path, text_format=how)
    cells = {name: list(column) for name, column in found.columns.items()}
    return cells, list(found.places), found.unit, found.delimiter, found.notes, found.left_out, found.blank


def panel(path, how):
    said = []
    found = read_panel_columns(path, classes=CLASSES, text_format=how, say=said.append)
    llms = [
        (each.name, list(each.replies), each.probs and list(each.probs), each.votes and list(each.votes))
        for each in found.llms
    ]
    pool = found.pool
    return llms, list(pool.ids), list(pool.texts), pool.gold.tolist(), list(pool.places), found.has_text, said

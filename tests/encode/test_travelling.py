"""An encoder that is pickled gives the same vectors where it arrives, to the last bit, without the files it came from."""

import gc
import pickle
import tempfile
from pathlib import Path

import pytest

from mollia.encode.lexical import Lexical
from mollia.encode.pixels import Pixels
from mollia.encode.travelling import TravellingEncoder, can_travel

TEXTS = ["Where is Mount Kenya?", "", "How to bake bread", "x " * 500]


@pytest.mark.parametrize("kind", ["minilm", "static", "sentence_transformer"])
def test_it_gives_the_same_vectors_where_it_arrives(kind, request, tmp_path, monkeypatch):
    encoder = request.getfixturevalue(kind)
    assert can_travel(encoder)
    expected = encoder.encode(TEXTS)
    sent = pickle.dumps(TravellingEncoder(encoder))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    there = pickle.loads(sent)  # noqa: S301  # our own
    assert there(TEXTS).tobytes() == expected.tobytes()
    assert len(list(Path(tmp_path).iterdir())) == 1
    del there
    gc.collect()
    assert list(Path(tmp_path).iterdir()) == []


def test_what_learns_from_texts_or_reads_files_of_this_machine_stays():
    assert not can_travel(Lexical())
    assert not can_travel(Pixels())

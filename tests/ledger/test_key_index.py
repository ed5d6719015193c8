import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from mollia.ledger.key_index import KeyIndex, hashes_of

few = st.sampled_from([0, 1, 2, 2**63, 2**64 - 2, 2**64 - 1])  # so that rows share hashes
hashes = st.lists(few | st.integers(0, 2**64 - 1), max_size=30)


@settings(max_examples=200, deadline=None)
@given(batches=st.lists(hashes, max_size=8), asked=hashes)
def test_every_row_with_a_hash_is_found_however_the_rows_came(batches, asked):
    index, rows = KeyIndex(), []
    for batch in batches:
        first = len(rows) + 1
        index.add(np.array(batch, np.uint64), np.arange(first, first + len(batch)))
        rows += batch
        assert index.last == len(rows)
    found = index.numbers(np.array(asked, np.uint64))
    assert found.tolist() == [number for number, each in enumerate(rows, 1) if each in asked]


def test_a_keys_hash_is_the_same_on_every_machine():
    assert hashes_of(["k1", "\ud800"]).tolist() == [2324281397090770841, 7497787021708494914]
    assert hashes_of([]).shape == (0,)

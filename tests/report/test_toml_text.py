import tomllib

from hypothesis import given
from hypothesis import strategies as st

from mollia.report.toml_text import toml_text

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
scalars = st.one_of(
    texts, st.booleans(), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False, allow_infinity=False)
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(texts.filter(bool), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(settings=st.dictionaries(texts.filter(bool), values, max_size=4))
def test_what_is_written_reads_back_the_same(settings):
    assert tomllib.loads(toml_text(settings)) == settings


def test_a_task_reads_like_a_task():
    task = {"name": "x", "seed": {"path": "a.csv", "draw": None}, "classes": [{"name": "a"}, {"name": "b"}]}
    assert toml_text(task) == (
        'name = "x"\n\n[seed]\npath = "a.csv"\n\n[[classes]]\nname = "a"\n\n[[classes]]\nname = "b"\n'
    )
    assert toml_text({}) == ""

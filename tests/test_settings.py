"""What every panel member has, whatever its kind."""

import pytest

from mollia.errors import TaskError
from mollia.settings import PanelMember


def test_a_kind_that_cannot_be_opened_says_what_its_package_must_define():
    class Half(PanelMember):
        kind: str = "half"

    member = Half(name="q")
    with pytest.raises(TaskError, match=r'"q": the kind "half" .* neither open nor open_all') as refused:
        Half.open_all([member], lambda _path, _keys: {})
    assert "must define one of them" in refused.value.hint

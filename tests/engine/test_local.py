import pytest

from mollia.engine.local import Local
from mollia.errors import ParameterError


@pytest.mark.parametrize("given", [{"address": "10.0.0.1:6379"}, {"workers": 2}])
def test_what_is_for_a_cluster_is_refused(given):
    with pytest.raises(ParameterError, match=f"--{next(iter(given))} is for a cluster") as found:
        Local(**given)
    assert "--engine ray" in found.value.hint

"""Where the recorded panels are; tests that need them are marked `recorded`."""

import pytest

from mollia.errors import DataError
from mollia_benchmarks.datasets import data_folder


@pytest.fixture(autouse=True)
def _data_there(request):
    if request.node.get_closest_marker("recorded"):
        try:
            data_folder()
        except DataError as error:
            pytest.skip(str(error))

import sys

import pytest

from mollia.engine.ray_engine import Ray
from mollia.errors import MissingExtra, ServerUnreachable
from mollia.settings import PanelMember


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("127.0.0.1:1", "refused"),
        ("no-host.invalid:6379", "known|resolution|address"),
        ("ray://127.0.0.1:10001", "host and port"),
        ("10.0.0.1", "host and port"),
    ],
)
def test_an_address_without_a_cluster_is_said(address, why):
    with pytest.raises(ServerUnreachable, match=f"joined at {address}: .*({why})") as found:
        next(Ray(address=address).map(len, [], helpers=0))
    assert "ray start --head" in found.value.hint


def test_the_environment_may_name_the_cluster(monkeypatch):
    monkeypatch.setenv("RAY_ADDRESS", "127.0.0.1:1")
    with pytest.raises(ServerUnreachable, match=r"127\.0\.0\.1:1"):
        next(Ray().map(len, [], helpers=0))


def test_recorded_answers_stay_here_and_need_no_cluster():
    class Recorded:
        live = False

    asked = Recorded()
    assert Ray(address="127.0.0.1:1").place(asked, PanelMember) is asked


def test_without_ray_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingExtra, match="The engine ray needs the library ray") as found:
        Ray()
    assert "mollia[ray]" in found.value.hint

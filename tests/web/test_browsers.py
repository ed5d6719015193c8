"""The order in which a browser for these tests is looked for and installed."""

from dataclasses import dataclass, field

import pytest

from .browsers import DEBIAN, MAC, OWN, NoBrowser, find_browser


@dataclass
class Pretended:
    """A machine on which some programs are installed, and some commands install more."""

    programs: tuple = ()
    root: bool = True
    files: tuple = ()
    installs: dict = field(
        default_factory=dict
    )  # the first word of a command -> the program it brings, or None
    ran: list = field(default_factory=list)

    def which(self, name):
        return f"/usr/bin/{name}" if name in self.programs else None

    def exists(self, path):
        return path in self.files

    def is_root(self):
        return self.root

    def run(self, words):
        self.ran.append(words)
        if words[0] not in self.installs:
            return 1, "no network"
        if "install" in words and self.installs[words[0]]:
            self.programs += (self.installs[words[0]],)
        return 0, ""


def test_an_installed_browser_is_used_and_nothing_is_run():
    machine = Pretended(programs=("google-chrome", "chromium", "apt-get"))
    assert find_browser(machine) == "/usr/bin/chromium"
    assert find_browser(Pretended(programs=("google-chrome",))) == "/usr/bin/google-chrome"
    assert find_browser(Pretended(files=(MAC,))) == MAC
    assert machine.ran == []


def test_as_root_debians_is_installed():
    machine = Pretended(programs=("apt-get",), installs={"apt-get": "chromium"})
    assert find_browser(machine) == "/usr/bin/chromium"
    assert machine.ran == [*DEBIAN]


@pytest.mark.parametrize(
    "machine",
    [
        Pretended(programs=("apt-get",), root=False, installs={OWN[0]: None}),
        Pretended(installs={OWN[0]: None}),
    ],
    ids=["not root", "no apt-get"],
)
def test_else_playwrights_own(machine):
    assert find_browser(machine) is None
    assert machine.ran == [OWN]


def test_playwrights_own_too_where_debians_cannot_be_installed():
    machine = Pretended(programs=("apt-get",), installs={OWN[0]: None})
    assert find_browser(machine) is None
    assert machine.ran == [*DEBIAN, OWN]


def test_without_any_it_fails_and_is_never_skipped():
    with pytest.raises(NoBrowser, match=r"install Chrome or Chromium\. no network"):
        find_browser(Pretended(programs=("apt-get",)))

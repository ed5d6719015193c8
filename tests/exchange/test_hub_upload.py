"""Uploads to a server that speaks the hub's API, as they go well and as they go wrong."""

import huggingface_hub
import pytest
from huggingface_hub import constants
from tests.exchange.hub_server import TOKEN, Hub

from mollia.errors import DataError
from mollia.exchange.hub_upload import address, place_of, upload

# huggingface_hub 2.4 sends files in a way that its own HTTP library calls old.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")
CARD = "---\ntags:\n- mollia\n---\n\n# A set\n"


@pytest.fixture
def hub(monkeypatch):
    hub = Hub()
    monkeypatch.setattr(constants, "ENDPOINT", hub.url)  # as HF_ENDPOINT sets it when the library is imported
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)  # as HF_HUB_DISABLE_XET does
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    yield hub
    hub.close()


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "set"
    (folder / "data").mkdir(parents=True)
    (folder / "README.md").write_text(CARD)
    (folder / "data" / "train.parquet").write_bytes(b"PAR1 rows PAR1")
    return folder


SET = place_of("hf://ann/set", "dataset")


def sent(folder, place=SET, *, public=False, update=False):
    said = []
    return upload(folder, place, public=public, update=update, say=said.append), said


def test_a_folder_becomes_one_commit_of_a_private_repository(hub, folder):
    where, said = sent(folder)
    assert where == address(SET) == f"{hub.url}/datasets/ann/set"
    assert said == [f"Made {where} (private)."]
    there = hub.repositories["dataset", "ann/set"]
    assert there == {
        "private": True,
        "commits": 1,
        "files": {"README.md": CARD.encode(), "data/train.parquet": b"PAR1 rows PAR1"},
    }


def test_files_that_are_there_are_left_alone_without_update(hub, folder):
    sent(folder)
    there = hub.repositories["dataset", "ann/set"]
    there["files"] |= {"data/older.parquet": b"old", "notes.md": b"ours"}
    with pytest.raises(DataError, match="is on the hub already, with 4 files") as found:
        sent(folder)
    assert "--update" in found.value.hint
    assert there["commits"] == 1
    (folder / "data" / "train.parquet").write_bytes(b"PAR1 other rows PAR1")
    sent(folder, update=True)
    assert set(there["files"]) == {"README.md", "data/train.parquet", "notes.md"}, (
        "of its folders the old goes"
    )
    assert there["files"]["data/train.parquet"] == b"PAR1 other rows PAR1"


def test_a_repository_that_everyone_reads_needs_public(hub, folder):
    sent(folder, public=True)
    assert hub.repositories["dataset", "ann/set"]["private"] is False
    with pytest.raises(DataError, match="Everyone can read"):
        sent(folder, update=True)
    sent(folder, update=True, public=True)


@pytest.mark.parametrize(
    ("refuse", "said", "hint"),
    [
        ({"/api/repos/create": 409}, "made or changed by someone else", "--update"),
        ({"/api/repos/create": 429}, "no more requests for now (429)", "Wait"),
        ({"/preupload/": 403}, "may not write to ann/set (403)", "YOUR-USER-NAME/set"),
        ({"/commit/": 403}, "may not write to ann/set (403)", "YOUR-USER-NAME/set"),
        ({"/commit/": 409}, "made or changed by someone else", "--update"),
        ({"/commit/": 500}, "a fault of its own (500)", "goes on from here"),
        ({"/commit/": 413}, "refuses the upload (413)", "Mend that"),
    ],
)
def test_a_refusal_is_said_with_what_to_do_and_the_same_again_goes_on(hub, folder, refuse, said, hint):
    hub.refuse = refuse
    with pytest.raises(DataError) as found:
        sent(folder)
    assert said in str(found.value.args[0])
    assert hint in found.value.hint
    assert not hub.repositories.get(("dataset", "ann/set"), {}).get("files")
    hub.refuse = {}
    sent(folder)
    assert hub.repositories["dataset", "ann/set"]["commits"] == 1
    assert len(hub.sent) == 1, "what arrived is not sent again"


def test_a_wrong_token_is_refused_and_not_said(hub, folder, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")
    with pytest.raises(DataError, match=r"refuses the token \(401\)") as found:
        sent(folder)
    assert "hf auth login" in found.value.hint
    assert "hf_wrong" not in str(found.value)


def test_without_a_token_nothing_is_asked(hub, folder, monkeypatch, tmp_path):
    monkeypatch.delenv("HF_TOKEN")
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "none"))
    with pytest.raises(DataError, match="no token") as found:
        sent(folder)
    assert "HF_TOKEN" in found.value.hint
    assert hub.asked == []


def test_the_token_of_a_login_is_used(hub, folder, monkeypatch, tmp_path):
    monkeypatch.delenv("HF_TOKEN")
    (tmp_path / "token").write_text(TOKEN)
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "token"))
    assert huggingface_hub.get_token() == TOKEN
    sent(folder)


def test_another_owners_name_is_refused(hub, folder):
    with pytest.raises(DataError, match=r"may not write to someone/set \(403\)"):
        sent(folder, place_of("hf://someone/set", "dataset"))


def test_a_hub_that_does_not_answer_is_told(hub, folder, monkeypatch):
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(DataError, match="did not come through") as found:
        sent(folder)
    assert "Check the connection" in found.value.hint


def test_offline_is_told(hub, folder, monkeypatch):
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(DataError, match="HF_HUB_OFFLINE is set"):
        sent(folder)


@pytest.mark.parametrize(
    ("written", "kind", "said"),
    [
        ("ann/set", "dataset", "is not an address"),
        ("hf://set", "dataset", "is not an address"),
        ("hf://ann/set/more", "dataset", "is not an address"),
        ("hf://../set", "model", "is not an address"),
        ("hf://datasets/ann/set", "model", "a student is a model"),
    ],
)
def test_what_is_no_address_is_refused(written, kind, said):
    with pytest.raises(DataError, match=said):
        place_of(written, kind)


def test_both_spellings_of_a_data_sets_address_mean_it():
    assert place_of("hf://datasets/ann/set", "dataset") == SET

import pytest

from mollia.annotate.failures import Retry
from mollia_benchmarks.fetch.download import DownloadFailed, NoConnection, client, download

QUICK = Retry(attempts=3, first_wait=0.01, longest_wait=0.02)
ONE = Retry(attempts=1)
BODY = bytes(range(256)) * 4000


@pytest.fixture
def fetch(site, tmp_path):
    site.bodies["/file"] = BODY
    told = []

    def fetch(*, retry=QUICK, most=2**21):
        with client() as http:
            download(
                http,
                f"{site.url}/file",
                tmp_path / "file",
                most=most,
                tell=lambda *step: told.append(step),
                retry=retry,
            )
        return tmp_path / "file"

    fetch.told = told
    return fetch


def left(tmp_path):
    return sorted(path.name for path in tmp_path.iterdir())


def test_a_file_comes_whole_with_progress_and_leaves_nothing_else(fetch, tmp_path):
    assert fetch().read_bytes() == BODY
    assert left(tmp_path) == ["file"]
    assert fetch.told[-1] == ("file", len(BODY), len(BODY))


def test_a_cut_connection_is_gone_on_from_in_the_same_run(fetch, site, tmp_path):
    site.cut["/file"] = 300_000
    assert fetch().read_bytes() == BODY
    (first, second) = site.asked
    assert first == ("/file", None)
    assert second[1].startswith("bytes=")
    assert int(second[1][6:-1]) > 0


def test_a_later_run_goes_on_where_the_connection_was_cut(fetch, site, tmp_path):
    site.cut["/file"] = 300_000
    with pytest.raises(DownloadFailed, match="could not be fetched whole") as failed:
        fetch(retry=ONE)
    assert "goes on where it stopped" in failed.value.hint
    assert left(tmp_path) == ["file.part", "file.part.etag"]
    have = (tmp_path / "file.part").stat().st_size
    assert have
    assert fetch().read_bytes() == BODY
    assert site.asked[-1] == ("/file", f"bytes={have}-")
    assert left(tmp_path) == ["file"]


def test_a_server_without_ranges_starts_anew(fetch, site, tmp_path):
    site.ranges = False
    site.cut["/file"] = 300_000
    assert fetch().read_bytes() == BODY
    assert [span for _, span in site.asked] == [None, None]


def test_a_file_that_changed_since_the_cut_is_fetched_from_the_start(fetch, site, tmp_path):
    site.cut["/file"] = 300_000
    with pytest.raises(DownloadFailed):
        fetch(retry=ONE)
    site.bodies["/file"] = other = BODY[::-1]
    assert fetch().read_bytes() == other


def test_a_part_longer_than_the_file_is_thrown_away(fetch, site, tmp_path):
    site.cut["/file"] = 300_000
    with pytest.raises(DownloadFailed):
        fetch(retry=ONE)
    (tmp_path / "file.part").write_bytes(BODY + b"more")
    assert fetch().read_bytes() == BODY


def test_a_server_that_does_not_say_the_size_is_believed(fetch, site):
    site.sizes = False
    assert fetch().read_bytes() == BODY


@pytest.mark.parametrize("status", [503, 429])
def test_a_passing_failure_is_tried_again(fetch, site, status):
    site.status["/file"] = status
    with pytest.raises(DownloadFailed, match=f"HTTP {status}") as failed:
        fetch()
    assert failed.value.exit_code == 3
    assert len(site.asked) == QUICK.attempts


@pytest.mark.parametrize("status", [403, 404, 410])
def test_a_refusal_is_not_tried_again(fetch, site, status):
    site.status["/file"] = status
    with pytest.raises(DownloadFailed, match=f"refuses .*HTTP {status}"):
        fetch()
    assert len(site.asked) == 1


@pytest.mark.parametrize("sizes", [True, False])
def test_a_file_that_is_too_large_is_refused_and_not_kept(fetch, site, tmp_path, sizes):
    site.sizes = sizes
    with pytest.raises(DownloadFailed, match="at most 1,000"):
        fetch(most=1000)
    assert left(tmp_path) == []


def test_where_nobody_answers_it_says_so_soon(site, tmp_path):
    with client() as http, pytest.raises(NoConnection, match=r"Nobody answers at 127\.0\.0\.1:1 ") as failed:
        download(http, "http://127.0.0.1:1/x", tmp_path / "x", most=9, tell=lambda *_: None, retry=QUICK)
    assert failed.value.exit_code == 3
    assert left(tmp_path) == []

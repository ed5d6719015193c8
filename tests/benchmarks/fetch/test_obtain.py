import dataclasses
import itertools
import json
import shlex
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from mollia.errors import MolliaError
from mollia_benchmarks.cli import app
from mollia_benchmarks.described import about, with_test
from mollia_benchmarks.fetch.sources import COMMIT, LISTING, LLMS, SETS

ALL = ("trec", "pubmed", "ag_news", "imdb")


@pytest.fixture
def out(tmp_path):
    return tmp_path / "the sets"


def bench(*words):
    """Run `mollia bench ...` here; an error of the house is raised as the command line would print it."""
    done = CliRunner().invoke(app, [str(word) for word in words])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.output


@pytest.fixture
def fetch(site, out):
    return lambda *sets, mirror=None: bench("data", *sets, "--out", out, "--mirror", mirror or site.url)


def path_of(source):
    return urlsplit(source.url).path


def files(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_all_sets_are_fetched_checked_and_converted(fetch, out):
    said = fetch(*ALL)
    described = json.loads((out / "labels.json").read_text())
    assert list(described) == list(ALL)
    locked = json.loads((out / "sources.json").read_text())
    assert set(locked) == {source.file for found in SETS.values() for source in found.sources}
    assert locked["trec_yi.json"]["checked against"] == f"the git hash of commit {COMMIT[:7]}"
    assert locked["imdb_test.parquet"]["checked against"] == "the SHA-256 that mollia knows"
    for name, entry in described.items():
        assert f"{name}: 120 rows" in said
        assert f"Licence: {entry['licence']}" in said
        assert entry["licence"].endswith("do not redistribute")
        assert (out / entry["pool"]).is_file()
        assert entry["test"] is None if name == "pubmed" else (out / entry["test"]).is_file()
    assert not [name for name in files(out) if name.endswith((".part", ".etag"))]


def test_the_tables_have_the_form_of_the_recorded_panels(fetch, out, small):
    fetch("pubmed", "ag_news")
    described = json.loads((out / "labels.json").read_text())
    lists = {
        "probs": pa.list_(pa.float32()),
        "votes": pa.list_(pa.float32()),
        "answers": pa.list_(pa.string()),
    }
    each = [(f"{llm}_{kind}", lists[kind]) for llm in LLMS for kind in lists]
    form = pa.schema([("id", pa.int32()), ("text", pa.string()), ("gold", pa.string()), *each])
    for name in ("pubmed", "ag_news"):
        table = pq.read_table(out / f"{name}_pool.parquet")
        assert table.schema.equals(form)
        assert described[name]["llms"] == list(LLMS)
        assert table["id"].to_pylist() == list(range(120))
        assert set(table["gold"].to_pylist()) == set(described[name]["labels"])
    pubmed, ag_news = (pq.read_table(out / f"{name}_pool.parquet") for name in ("pubmed", "ag_news"))
    published = [llm for llm in LLMS if pubmed[f"{llm}_answers"].null_count == 0]
    assert published == ["gemma", "mistral", "yi"]
    raw = [json.loads(line) for line in small["pubmed_yi.json"].splitlines()]
    assert pubmed["yi_answers"].to_pylist() == [row["llm_label"] for row in raw]
    assert pubmed["text"].to_pylist() == [row["text"] for row in raw]
    for k, name in enumerate(described["pubmed"]["labels"]):
        shares = [row["llm_label"].count(name) / 10 for row in raw]
        assert np.allclose([cell[k] for cell in pubmed["yi_votes"].to_pylist()], shares)
    assert np.allclose(pubmed["yi_probs"].to_pylist(), [row["llm_logits"] for row in raw])
    assert ag_news["yi_answers"].null_count == 120
    assert pq.read_table(out / "ag_news_test.parquet").to_pylist() == [
        {"id": 0, "text": "one more", "gold": "world"},
        {"id": 1, "text": "another", "gold": "sports"},
    ]


def test_a_second_run_fetches_nothing_and_other_sets_of_the_folder_stay(fetch, out, site):
    fetch("trec")
    entry = {"labels": ["a", "b"], "pool": "mine.parquet", "llms": ["x"]}
    labels = json.loads((out / "labels.json").read_text()) | {"mine": entry}
    (out / "labels.json").write_text(json.dumps(labels))
    before = (out / "trec_pool.parquet").read_bytes()
    site.asked.clear()
    fetch("trec", "trec")
    assert not site.asked
    assert json.loads((out / "labels.json").read_text())["mine"] == entry
    assert (out / "trec_pool.parquet").read_bytes() == before


def test_only_the_named_sets_are_fetched(fetch, site):
    fetch("imdb")
    assert not site.paths("trec")
    assert site.paths("imdb")


def test_an_interrupted_fetch_goes_on_with_what_is_missing(fetch, out, site):
    gemma = path_of(SETS["trec"].raw["gemma"])
    site.status[gemma] = 404
    with pytest.raises(MolliaError, match="1 file is missing"):
        fetch("trec")
    assert "trec_pool.parquet" not in files(out)
    site.status.clear()
    site.asked.clear()
    fetch("trec")
    assert [path for path, _ in site.asked] == [gemma]


@pytest.mark.parametrize("name", ["trec_yi.json", "trec_test.label"])
def test_another_file_than_expected_is_refused_and_not_kept(fetch, out, site, name):
    source = next(source for source in SETS["trec"].sources if source.file == name)
    right = site.bodies[path_of(source)]
    site.bodies[path_of(source)] = right[:-2] + b" \n"
    with pytest.raises(MolliaError, match="sent another file than expected") as refused:
        fetch("trec")
    assert refused.value.exit_code == 3
    assert name not in {Path(file).name for file in files(out)}
    assert "trec_pool.parquet" not in files(out)
    site.bodies[path_of(source)] = right
    fetch("trec")


def test_a_file_that_changed_after_it_was_fetched_is_refused(fetch, out):
    fetch("trec")
    path = out / "downloads" / "trec_yi.json"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(MolliaError, match=r"trec_yi\.json is not the file it should be") as refused:
        fetch("trec")
    assert "sources.json" in str(refused.value)


def test_without_the_listing_the_first_download_counts_and_that_is_said(fetch, out, site):
    listing = urlsplit(LISTING)
    site.status[f"{listing.path}?{listing.query}"] = 403
    said = fetch("trec")
    assert "only against the first download" in said
    locked = json.loads((out / "sources.json").read_text())
    assert locked["trec_yi.json"]["checked against"].startswith("nothing")
    assert locked["trec_test.label"]["checked against"] == "the SHA-256 that mollia knows"


def test_a_file_that_nothing_vouches_for_counts_once_its_content_has_proved_right(fetch, out, site):
    listing = urlsplit(LISTING)
    site.status[f"{listing.path}?{listing.query}"] = 403
    path = path_of(SETS["trec"].meta_x)
    right = site.bodies[path]
    site.bodies[path] = b"<html>Log in to this network</html>"
    with pytest.raises(MolliaError, match=r"trec_meta_x\.npy is not a readable \.npy file") as refused:
        fetch("trec")
    assert "Delete the file and get it again" in refused.value.hint
    (out / "downloads" / "trec_meta_x.npy").unlink()
    site.bodies[path] = right
    assert "trec: 120 rows" in fetch("trec")


def test_what_is_not_githubs_listing_is_said(fetch, site):
    listing = urlsplit(LISTING)
    site.bodies[f"{listing.path}?{listing.query}"] = b"<html>Log in to this network</html>"
    assert "is not GitHub's listing" in fetch("trec")


def test_a_closed_network_says_which_file_to_put_where_and_how_to_go_on(out, small):
    with pytest.raises(MolliaError) as closed:
        bench("data", "trec", "imdb", "--out", out, "--mirror", "http://127.0.0.1:1")
    assert closed.value.exit_code == 3
    message = str(closed.value.args[0])
    assert "trec, imdb: 12 files are missing." in message
    assert message.count("Nobody answers at 127.0.0.1:1") == 1
    assert [name for name in files(out) if name.endswith("parquet")] == []
    # A person follows the message to the letter.
    lines = [line.strip() for line in message.splitlines()]
    for url, place in itertools.pairwise(lines):
        if place.startswith("->"):
            target = Path(place.removeprefix("->").strip())
            source = next(s for found in SETS.values() for s in found.sources if s.url == url)
            target.write_bytes(small[source.file])
    words = shlex.split(closed.value.hint.partition("go on with: ")[2])
    assert words[:3] == ["mollia", "bench", "data"]
    assert "trec: 120 rows" in bench(*words[2:])


def test_sets_that_can_be_had_are_converted_though_another_server_is_closed(fetch, out, site):
    for source in SETS["imdb"].sources:
        if "parquet" in source.file:
            site.status[path_of(source)] = 404
    with pytest.raises(MolliaError, match="imdb: 2 files are missing") as failed:
        fetch("imdb", "trec")
    assert failed.value.exit_code == 3
    assert "trec_pool.parquet" in files(out)
    assert "trec" not in str(failed.value.args[0]).partition(":")[0]


def test_saved_files_are_converted_without_a_network(folder, out, site):
    said = bench("data", *ALL, "--out", out, "--from", folder, "--mirror", site.url)
    assert "imdb: 120 rows, test 2 rows" in said
    assert not site.asked
    locked = json.loads((out / "sources.json").read_text())
    assert locked["pubmed_yi.json"]["checked against"].startswith("nothing")


def test_a_clone_of_the_authors_repository_is_a_folder_of_saved_files(tmp_path, out, small):
    for source in SETS["pubmed"].sources:
        place = tmp_path / "clone" / source.path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(small[source.file])
    assert "pubmed: 120 rows" in bench("data", "pubmed", "--out", out, "--from", tmp_path / "clone")


def test_a_saved_file_that_is_missing_or_wrong_is_named(folder, out):
    (folder / "imdb_train.parquet").write_bytes(b"something else")
    with pytest.raises(MolliaError, match=r"imdb_train\.parquet is not the file it should be") as wrong:
        bench("data", "imdb", "--out", out, "--from", folder)
    (folder / "imdb_train.parquet").unlink()
    with pytest.raises(MolliaError, match="imdb: 1 file is missing") as missing:
        bench("data", "imdb", "--out", out, "--from", folder)
    assert wrong.value.exit_code == missing.value.exit_code == 2
    assert str(folder / "imdb_train.parquet") in str(missing.value)


def test_a_saved_file_that_is_absurdly_large_is_not_read(folder, out, monkeypatch):
    source = dataclasses.replace(SETS["pubmed"].meta_x, most=1000)
    monkeypatch.setitem(SETS, "pubmed", dataclasses.replace(SETS["pubmed"], meta_x=source))
    with pytest.raises(MolliaError, match="at most 1,000 are expected"):
        bench("data", "pubmed", "--out", out, "--from", folder)


def test_nothing_is_written_of_a_set_whose_files_do_not_belong_together(folder, out):
    lines = (folder / "pubmed_yi.json").read_text().splitlines()
    (folder / "pubmed_yi.json").write_text("\n".join(lines[::-1]))
    with pytest.raises(MolliaError, match=r"pubmed_yi\.json:1: the text is not that of pubmed_gemma\.json"):
        bench("data", "pubmed", "--out", out, "--from", folder)
    assert not files(out)


@pytest.mark.parametrize(
    ("name", "body"),
    [
        *itertools.product(["labels.json", "sources.json"], ["{", "[]", "3"]),
        ("sources.json", '{"trec_yi.json": 3}'),
    ],
)
def test_a_damaged_file_of_the_folder_is_named_and_not_written_over(folder, out, name, body):
    out.mkdir()
    (out / name).write_text(body)
    with pytest.raises(MolliaError, match=name):
        bench("data", "pubmed", "--out", out, "--from", folder)
    assert (out / name).read_text() == body


def test_an_unknown_set_and_a_folder_that_is_none_are_refused(out, tmp_path):
    with pytest.raises(
        MolliaError, match=r'"trek" is not one of the paper\'s sets\. Did you mean "trec"'
    ) as error:
        bench("data", "trek", "--out", out)
    assert "trec, pubmed, ag_news, imdb" in error.value.hint
    with pytest.raises(MolliaError, match="is not a folder"):
        bench("data", "trec", "--out", out, "--from", tmp_path / "nowhere")


@pytest.mark.parametrize("mirror", ["nonsense", "ftp://example.org", "/a/folder"])
def test_a_mirror_that_is_not_a_url_is_refused(fetch, mirror):
    with pytest.raises(MolliaError, match="is not a URL"):
        fetch("trec", mirror=mirror)


def test_a_folder_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(MolliaError, match="cannot be read or written"):
        bench("data", "trec", "--out", tmp_path / "file", "--from", tmp_path)


def test_the_other_benchmarks_run_on_the_folder(fetch, out, tmp_path):
    fetch("trec", "pubmed", "imdb")
    words = ["--data", out, "--sets", "all", "--labels", "10", "--draws", "2", "--methods", "molam,vote"]
    said = bench("fusion", *words, "--out", tmp_path / "cells", "--processes", "1")
    for name in ("trec", "pubmed", "imdb"):
        assert name in said


def test_the_other_benchmarks_find_the_rows_that_only_score(fetch, out):
    fetch(*ALL)
    assert with_test(out) == ALL
    assert about("pubmed", out).test_from_id == 8000
    assert about("trec", out).molam == {"learning_rate": 0.05, "max_depth": 6, "n_estimators": 300}

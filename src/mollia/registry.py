"""Names for implementations; each is imported only when it is asked for.

A package adds its own through the entry-point groups `mollia.fuser`, `mollia.encoder`,
`mollia.student`, `mollia.query`, `mollia.annotator`, `mollia.engine` and `mollia.format`, and a command of its own through `mollia.command`: a
`typer.Typer` with sub-commands, or a function that typer makes a command of. `mollia bench` comes this way
from the distribution `mollia-benchmarks` in the repository's folder `benchmarks`.
"""

from __future__ import annotations

import importlib
from functools import partial
from importlib.metadata import entry_points
from inspect import signature
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from mollia.about import About
from mollia.errors import TaskError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

Kind = Literal["fuser", "encoder", "features", "student", "query", "annotator", "engine", "format", "command"]

BUILT_IN: Mapping[Kind, Mapping[str, str]] = MappingProxyType(
    {
        "fuser": {
            "default": "mollia.fusion.mixture:Mixture",
            "mixture": "mollia.fusion.mixture:Mixture",
            "molam": "mollia.fusion.molam:MoLAM",  # as published
            "molam_repaired": "mollia.fusion.molam:repaired_molam",
            "dawid_skene": "mollia.fusion.dawid_skene:DawidSkene",
            "vote": "mollia.fusion.vote:Vote",
            "mean": "mollia.fusion.mean:Mean",
        },
        "encoder": {
            "lexical": "mollia.encode.lexical:Lexical",
            "onnx": "mollia.encode.onnx_encoder:OnnxEncoder",
            "static": "mollia.encode.static_encoder:StaticEncoder",
            "torch": "mollia.encode.torch_encoder:TorchEncoder",
            "hybrid": "mollia.encode.hybrid:Hybrid",
            "pixels": "mollia.encode.pixels:Pixels",  # of images
            "onnx_image": "mollia.encode.onnx_images:OnnxImages",  # the same, by a model
            "vectors": "mollia.encode.precomputed:OfTheData",  # that come with the data
        },
        "features": {  # what a stored student reads
            "tfidf": "mollia.encode.tfidf:Tfidf",
            "onnx": "mollia.encode.onnx_encoder:OnnxEncoder",
            "static": "mollia.encode.static_encoder:StaticEncoder",
            "torch": "mollia.encode.torch_encoder:TorchEncoder",
            "hybrid": "mollia.encode.hybrid:HybridFeatures",
            "pixels": "mollia.encode.pixels:Pixels",
            "onnx_image": "mollia.encode.onnx_images:OnnxImages",
            "vectors": "mollia.encode.precomputed:VectorFeatures",
        },
        "student": {
            "frozen": "mollia.student.frozen:FrozenStudent",
            "finetune": "mollia.student.finetune:FinetunedStudent",
        },
        "query": {
            "default": "mollia.query.entropy:entropy",
            "random": "mollia.query.random_draw:random_draw",
            "entropy": "mollia.query.entropy:entropy",
            "margin": "mollia.query.margin:margin",
            "balanced_margin": "mollia.query.class_balanced:balanced_margin",
            "coreset": "mollia.query.coreset:coreset",
            "badge": "mollia.query.badge:badge",
            "typiclust": "mollia.query.typiclust:typiclust",
            "prob_cover": "mollia.query.prob_cover:prob_cover",
            "noise_stability": "mollia.query.noise_stability:noise_stability",
            "bemps": "mollia.query.bemps:bemps",
            "bald": "mollia.query.bald:bald",
            "vote_entropy": "mollia.query.vote_entropy:vote_entropy",
            "benefit": "mollia.query.benefit:benefit",
            "student_versus_panel": "mollia.query.student_versus_panel:student_versus_panel",
        },
        "format": {  # by the end of a file's name
            "csv": "mollia.data.csv_file:CSV",
            "tsv": "mollia.data.csv_file:TSV",
            "jsonl": "mollia.data.jsonl_file:JSONL",
            "ndjson": "mollia.data.jsonl_file:JSONL",
            "parquet": "mollia.data.parquet_file:PARQUET",
            "pq": "mollia.data.parquet_file:PARQUET",
            "txt": "mollia.data.csv_file:TXT",
            "tab": "mollia.data.csv_file:TAB",
            "json": "mollia.data.jsonl_file:JSON",
            "xlsx": "mollia.data.xlsx_file:XLSX",
            "sqlite": "mollia.data.sqlite_file:SQLITE",
            "sqlite3": "mollia.data.sqlite_file:SQLITE",
            "db": "mollia.data.sqlite_file:SQLITE",
            "duckdb": "mollia.data.duckdb_file:DUCKDB",
        },
        "annotator": {
            "openai": "mollia.annotate.openai_member:OpenAIMember",
            "llama_cpp": "mollia.annotate.llama_cpp:LlamaCppMember",
            "transformers": "mollia.annotate.transformers_lm:TransformersMember",
            "vllm": "mollia.annotate.vllm_engine:VLLMMember",
            "recorded": "mollia.annotate.recorded:RecordedMember",
        },
        "engine": {  # where the work is done
            "local": "mollia.engine.local:Local",
            "ray": "mollia.engine.ray_engine:Ray",
        },
        "command": {},  # mollia's own are in mollia.cli.catalogue
    }
)


MADE_OF_A_MODEL = ("onnx", "static", "torch", "hybrid", "onnx_image")


def added(kind: Kind) -> Mapping[str, str]:
    """Return what other packages add to a kind: module and attribute by name."""
    return {point.name: point.value for point in entry_points(group=f"mollia.{kind}")}


def names(kind: Kind) -> list[str]:
    """Return the known names of a kind, built in first."""
    return [*BUILT_IN[kind], *(n for n in added(kind) if n not in BUILT_IN[kind])]


def takes(kind: Kind, name: str, parameter: str) -> bool:
    """Tell whether the implementation called `name` has a parameter of that name."""
    return parameter in signature(find(kind, name)).parameters


def about(kind: Kind, name: str) -> About:
    """Return what the implementation called `name` says of itself."""
    said: About = getattr(find(kind, name), "about", None) or About()
    return said


def find(kind: Kind, name: str) -> Any:  # noqa: ANN401  # a class or function of the kind's protocol
    """Import and return the implementation called `name`.

    An encoder's name may go on with the model it is made of: "static:minishlab/potion-base-8M",
    "hybrid:static:minishlab/potion-base-8M".

    Raises
    ------
    TaskError
        When no implementation of the kind has that name, or it is made of no model.
    """
    name, colon, model = name.partition(":") if kind == "encoder" else (name, "", "")
    if colon and (name not in MADE_OF_A_MODEL or not model):
        raise TaskError(
            f'The encoder "{name}" takes no model "{model}".',
            hint=f"Those that take one, after a colon: {', '.join(MADE_OF_A_MODEL)}.",
        )
    target = BUILT_IN[kind].get(name) or added(kind).get(name)
    if target is None:
        known = names(kind)
        raise TaskError(
            f'There is no {kind} called "{name}".{did_you_mean(name, known)}',
            hint=f"Known: {', '.join(known)}.",
        )
    module, _, attribute = target.partition(":")
    try:
        found = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        if name in BUILT_IN[kind]:
            raise
        raise TaskError(
            f'The {kind} "{name}" ({target}, added by an installed package) cannot be loaded: {error}.',
            hint="Mend or uninstall that package.",
        ) from error
    return partial(found, model) if model else found

import re
import tomllib
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from mollia.registry import names
from mollia.task.config import Task, member_model
from mollia.task.load import task_from
from mollia.task.template import filled, template, toml_value


def uncommented() -> str:
    """The template with every key switched on."""
    return re.sub(r"^# (\w+ = )", r"\1", template(), flags=re.MULTILINE)


def models(model, path=""):
    for name, field in model.model_fields.items():
        if f"{path}{name}" == "panel":
            kinds = [member_model({"kind": kind}) for kind in names("annotator")]
            yield from {f"panel.{key}" for kind in kinds for key in kind.model_fields}
            continue
        parts = [p for p in (field.annotation, *get_args(field.annotation)) if isinstance(p, type)]
        inner = next((p for p in parts if issubclass(p, BaseModel)), None)
        yield from [f"{path}{name}"] if inner is None else models(inner, f"{path}{name}.")


def test_the_template_is_a_valid_task(tmp_path):
    task_from(tomllib.loads(template()), folder=tmp_path)


def test_every_key_stands_in_the_template():
    keys, section = set(), ""
    for line in uncommented().splitlines():
        if header := re.match(r"\[+(\w+)\]", line):
            section = header[1] + "."
        elif key := re.match(r"(\w+) = ", line):
            keys.add(section + key[1])
    assert keys == set(models(Task))


def test_the_values_shown_in_comments_are_the_defaults(tmp_path):
    """What a person uncomments without changing it changes nothing, but where a value is an example."""
    examples = {"data.id", "data.gold", "data.delimiter", "data.image", "data.audio", "data.folder", "data.columns",
                    "data.vectors", "seed.path", "seed.draw", "seed.encoding", "panel.urls",
                "panel.api_key_env", "panel.context", "panel.path", "panel.llm", "panel.gpu_memory", "panel.examples", "panel.choose", "budget.calls", "budget.tokens",
                "budget.seconds", "budget.money", "fuse.priors", "fuse.carried", "fuse.text_view_minutes", "run.out"}  # fmt: skip
    plain = task_from(tomllib.loads(template()), folder=tmp_path).model_dump()
    section = ""
    for line in template().splitlines():
        if header := re.match(r"\[+(\w+)\]", line):
            section = header[1]
        shown = re.match(r"# (\w+ = [^#]*)", line)
        if shown and f"{section}.{shown[1].split()[0]}" not in examples:
            ((key, value),) = tomllib.loads(shown[1]).items()
            held = plain[section][0] if section == "panel" else plain[section]
            assert held[key] == value, f"{section}.{key}"


def test_values_and_classes_are_filled_in_and_comments_stay():
    text = filled({"name": 'a "b"', "data.path": "x y.csv", "data.id": "key", "seed.draw": 9}, ["x", "é"])
    read = tomllib.loads(text)
    assert read["name"] == 'a "b"'
    assert read["data"]["path"] == "x y.csv"
    assert read["data"]["id"] == "key"
    assert read["seed"] == {"draw": 9}
    assert [each["name"] for each in read["classes"]] == ["x", "é"]
    assert len(re.findall(r"(?m)\s+# .*$", text)) == len(re.findall(r"(?m)\s+# .*$", template()))


def test_a_key_the_template_lacks_is_a_bug():
    with pytest.raises(KeyError):
        filled({"data.txt": "x"})


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_string_survives_toml(value):
    assert tomllib.loads(f"x = {toml_value(value)}")["x"] == value

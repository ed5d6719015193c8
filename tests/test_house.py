"""What keeps the source easy to live in: short modules, short functions, few parameters."""

import ast
from pathlib import Path
from statistics import median

import pytest

ROOT = Path(__file__).resolve().parents[1]
MODULE, MEDIAN = 400, 110  # lines
FUNCTION = 60  # lines, with its docstring
PARAMETERS = 8
# Typer's commands have a parameter per option of the command line, each with its help.
COMMANDS = ("src/mollia/cli", "benchmarks/mollia_benchmarks/cli")
SOURCES = ("src", "benchmarks")


def modules(folder):
    return sorted((ROOT / folder).rglob("*.py"))


def functions(folder):
    """Each function with where it begins, those of the commands aside."""
    for path in modules(folder):
        if path.relative_to(ROOT).as_posix().startswith(COMMANDS):
            tree = ast.parse(path.read_text("utf-8"))
            inner = [each for each in ast.walk(tree) if is_function(each) and not is_command(each)]
        else:
            inner = [each for each in ast.walk(ast.parse(path.read_text("utf-8"))) if is_function(each)]
        for each in inner:
            yield f"{path.relative_to(ROOT)}:{each.lineno} {each.name}", each


def is_function(node):
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)


def is_command(function):
    """Whether typer reads the parameters: they are annotated as its options and arguments."""
    return "typer." in ast.unparse(function.args)


def parameters(function):
    args = function.args
    named = [*args.posonlyargs, *args.args, *args.kwonlyargs, *filter(None, (args.vararg, args.kwarg))]
    return [each.arg for each in named if each.arg not in {"self", "cls"}]


@pytest.mark.parametrize("folder", SOURCES)
def test_no_module_is_long_and_half_of_them_are_short(folder):
    lines = {
        str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines()) for path in modules(folder)
    }
    assert len(lines) > 50
    assert {name: n for name, n in lines.items() if n > MODULE} == {}
    assert median(lines.values()) <= MEDIAN


@pytest.mark.parametrize("folder", SOURCES)
def test_no_function_is_long(folder):
    lines = {name: each.end_lineno - each.lineno + 1 for name, each in functions(folder)}
    assert len(lines) > 200
    assert {name: n for name, n in lines.items() if n > FUNCTION} == {}


@pytest.mark.parametrize("folder", SOURCES)
def test_no_function_takes_many_parameters(folder):
    many = {name: parameters(each) for name, each in functions(folder)}
    assert {name: named for name, named in many.items() if len(named) > PARAMETERS} == {}


def test_every_import_of_ours_names_a_module_that_is_there():
    """Imports inside functions and in tests too, which no type checker reads; an installed older mollia hides nothing."""
    roots = {"mollia": ROOT / "src", "mollia_benchmarks": ROOT / "benchmarks"}
    missing = []
    for path in [each for folder in (*SOURCES, "tests", "tools") for each in modules(folder)]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            named = [node.module] if isinstance(node, ast.ImportFrom) and not node.level else []
            named += [each.name for each in node.names] if isinstance(node, ast.Import) else []
            for name in filter(None, named):
                place = roots.get(name.split(".")[0], ROOT).joinpath(*name.split("."))
                if name.split(".")[0] in roots and not (place.is_dir() or place.with_suffix(".py").is_file()):
                    missing.append(f"{path.relative_to(ROOT)}:{node.lineno} {name}")
    assert missing == []

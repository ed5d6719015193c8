"""The contract's inventory of heavy libraries is exact, imports by `optional.require` included."""

import ast
import tomllib
from pathlib import Path

import mollia
import mollia_benchmarks

ROOTS = [Path(package.__file__).parent for package in (mollia, mollia_benchmarks)]
CALLS = ("require", "import_module")


def contract():
    path = Path(__file__).parent.parent / "pyproject.toml"
    contracts = tomllib.loads(path.read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    return next(each for each in contracts if each["name"].startswith("Heavy libraries"))


def imported(tree):
    """The top-level names of what a module imports, wherever in it and by whatever means."""
    for node in ast.walk(tree):
        match node:
            case ast.Import():
                yield from (alias.name for alias in node.names)
            case ast.ImportFrom(level=0):
                yield node.module
            case ast.Call(
                func=ast.Name(id=name) | ast.Attribute(attr=name), args=[ast.Constant(value=str(module)), *_]
            ):
                if name in CALLS:
                    yield module


def files():
    for root in ROOTS:
        yield from ((root, path) for path in root.rglob("*.py"))


def found():
    for root, path in files():
        module = ".".join(path.relative_to(root.parent).with_suffix("").parts).removesuffix(".__init__")
        for name in imported(ast.parse(path.read_text("utf-8"))):
            yield module, name.partition(".")[0]


def test_each_heavy_library_is_imported_where_the_contract_says_and_nowhere_else():
    heavy = set(contract()["forbidden_modules"])
    written = {tuple(each.split(" -> ")) for each in contract()["ignore_imports"]}
    assert {(module, name) for module, name in found() if name in heavy} == written


def test_what_is_asked_for_by_require_is_on_the_list():
    known = set(contract()["forbidden_modules"])
    for _, path in files():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "require" and node.args:
                name = node.args[0]
                assert isinstance(name, ast.Constant), f"{path.name} requires a library by a variable"
                assert name.value.partition(".")[0] in known, f"{path.name} requires {name.value}"

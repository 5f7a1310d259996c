"""How big a room may get, and what no room is called."""

import ast
from pathlib import Path

from tests.architecture.source import ROOT, files, modules

MODULE, FUNCTION, TEMPLATE = 400, 50, 120
FORBIDDEN = {"utils", "helpers", "common", "misc"}


def lines(file: Path) -> int:
    return len(file.read_text().splitlines())


def test_modules_are_small() -> None:
    assert not {name: size for name in modules() if (size := lines(ROOT / name)) > MODULE}


def test_functions_are_small() -> None:
    sizes = {
        f"{name}:{node.name}": (node.end_lineno or 0) - node.lineno + 1
        for name, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
    }
    assert not {function: size for function, size in sizes.items() if size > FUNCTION}


def test_templates_are_small() -> None:
    assert not {str(file): size for file in files("*.html") if (size := lines(file)) > TEMPLATE}


def test_no_file_is_called_anything_vague() -> None:
    assert not [str(file) for file in files("*.py") if file.stem in FORBIDDEN]


def test_no_import_hides_in_a_function_of_the_shop() -> None:
    hidden = [
        f"{name}:{node.lineno}"
        for name, tree in modules().items()
        if name.startswith(("demo/", "shop/", "catalog/", "visualsearch/")) and not name.endswith("/apps.py")
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert not hidden


def test_no_file_is_too_big_for_a_clone() -> None:
    sizes = {str(file.relative_to(ROOT)): file.stat().st_size for file in files("*")}
    assert not {name: size for name, size in sizes.items() if size > 12_000_000}
    assert sum(sizes.values()) < 120_000_000

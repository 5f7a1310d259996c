"""How big a room may get, and what no room is called."""

import ast

import pytest

from tests.architecture.source import ROOT, files, modules

MODULE, FUNCTION, TEMPLATE = 400, 50, 120
FORBIDDEN = {"utils", "helpers", "common", "misc"}


@pytest.mark.parametrize("name", modules())
def test_module_is_small(name: str) -> None:
    assert len((ROOT / name).read_text().splitlines()) <= MODULE


@pytest.mark.parametrize("name", modules())
def test_functions_are_small(name: str) -> None:
    functions = (node for node in ast.walk(modules()[name]) if isinstance(node, ast.FunctionDef))
    sizes = {node.name: (node.end_lineno or 0) - node.lineno + 1 for node in functions}
    assert not {function: size for function, size in sizes.items() if size > FUNCTION}


@pytest.mark.parametrize("template", files("*.html"), ids=lambda path: str(path.relative_to(ROOT)))
def test_template_is_small(template: object) -> None:
    assert len(template.read_text().splitlines()) <= TEMPLATE  # type: ignore[attr-defined]


def test_no_file_is_called_anything_vague() -> None:
    assert not [str(file) for file in files("*.py") if file.stem in FORBIDDEN]


def test_no_import_hides_in_a_function_of_the_shop() -> None:
    hidden = [
        f"{name}:{node.lineno}"
        for name, tree in modules().items()
        if name.startswith(("shop/", "catalog/", "visualsearch/")) and not name.endswith("/apps.py")
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

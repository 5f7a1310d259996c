"""Limits on the size of files and functions, and names that are too vague."""

import ast
from pathlib import Path

from tests.architecture.source import ROOT, files, modules
from visualsearch.embedding.card import DEFAULT_CARD

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


def test_no_module_has_a_vague_name() -> None:
    assert not [str(file) for file in files("*.py") if file.stem in FORBIDDEN]


def test_the_repository_stays_small_enough_to_clone() -> None:
    sizes = {str(file.relative_to(ROOT)): file.stat().st_size for file in files("*")}
    network = str(DEFAULT_CARD.with_suffix(".safetensors").relative_to(ROOT))
    assert sizes[network] < 16_000_000
    assert not {name: size for name, size in sizes.items() if size > 12_000_000 and name != network}
    assert sum(sizes.values()) < 120_000_000

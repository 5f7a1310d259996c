import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3] / "visualsearch"
PACKAGES = ("embedding", "kinds", "regions", "measuring", "training")  # each may import itself and the ones before it
NAMES = ROOT / "kinds" / "vocabulary.py"  # words for people, which Django translates
MODULES = [path for package in PACKAGES for path in sorted((ROOT / package).glob("*.py")) if path != NAMES]
PURE = {
    "catalog.pictures.subprocess_decoder",
    "catalog.pictures.decoding",
    "catalog.pictures.metadata",
    "catalog.atomic_files",
}  # pure modules of other packages


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            names.add(node.module or "")
    return names


@pytest.mark.parametrize("path", MODULES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_pixel_code_imports_no_django_and_no_later_package(path: Path) -> None:
    names = imported(path)
    assert not [n for n in names - PURE if n.split(".")[0] in ("django", "shop", "catalog", "celery")]
    allowed = PACKAGES[: PACKAGES.index(path.parent.name) + 1]
    assert not [n for n in names if n.startswith("visualsearch") and n.split(".")[1] not in allowed]


@pytest.mark.parametrize("name", sorted(PURE))
def test_pure_modules_of_other_packages_import_no_django(name: str) -> None:
    path = ROOT.parent / f"{name.replace('.', '/')}.py"
    names = imported(path) - PURE
    assert not [n for n in names if n.split(".")[0] in ("django", "shop", "catalog", "visualsearch", "celery")]

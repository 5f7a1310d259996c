import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3] / "visualsearch"
MODULES = sorted([*(ROOT / "embedding").glob("*.py"), *(ROOT / "training").rglob("*.py")])
ALLOWED = ("visualsearch.embedding", "visualsearch.training")
PURE = {
    "catalog.apart",
    "catalog.pixels",
    "catalog.metadata",
    "catalog.whole_files",
}  # of other rooms, as pure as these


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
def test_embedding_and_training_know_no_django_and_no_other_room(path: Path) -> None:
    names = imported(path)
    assert not [n for n in names - PURE if n.split(".")[0] in ("django", "shop", "catalog", "celery")]
    ours = [n for n in names if n.startswith("visualsearch")]
    assert all(n.startswith(ALLOWED) for n in ours)
    if path.parent.name == "embedding":
        assert not [n for n in ours if n.startswith("visualsearch.training")]


@pytest.mark.parametrize("name", sorted(PURE))
def test_what_they_use_knows_no_django_and_no_other_room(name: str) -> None:
    path = ROOT.parent / f"{name.replace('.', '/')}.py"
    known = imported(path) - PURE
    assert not [n for n in known if n.split(".")[0] in ("django", "shop", "catalog", "visualsearch", "celery")]


def test_only_the_measure_itself_reads_customers_photos() -> None:
    learners = [path for path in MODULES if path.parent.name == "training"]
    assert learners
    assert not [path.name for path in learners for name in imported(path) if "measuring" in name]

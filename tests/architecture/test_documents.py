"""The documentation names only files, commands, settings and functions that exist."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest
from django.core.management import get_commands

from tests.architecture.source import ROOT, files, modules

DOCUMENTS = [path for path in files("*.md") if "vendor" not in path.parts and path.name != "CHANGELOG.md"]
PACKAGES = ("shop", "catalog", "visualsearch", "demo", "tests")
GENERATED = {
    "measured/report.html", "measured/report.json", "report.json", "name.json", "name.onnx", "name.safetensors",
    "js/device.worker.*.js",
}  # commands write them  # fmt: skip

SPAN = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)#\s]*)(?:#([^)\s]+))?\)")
COMMAND = re.compile(r"\bmanage\.py ([a-z_]+)|(?:^|`)make ([a-z]+)|python -m (tests[\w.]+)", re.MULTILINE)
FILE = re.compile(r"[\w.*-]+(/[\w.*-]+)*(\.(py|html|css|js|md|toml|csv|json|txt|yml|safetensors|onnx)|/)")
MIGRATION = re.compile(r"([a-z]+)/(\d{4})")
NAME = re.compile(r"([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)(\(.*\))?")
HOSTS = (".test", ".com", ".example", ".org")


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@cache
def tracked() -> list[str]:
    return [name_of(path) for path in files("*")]


def identifiers(tree: ast.Module) -> Iterator[str]:
    """Yield what a module defines, uses or imports, and the words in strings without spaces."""
    for node in ast.walk(tree):
        for field in ("id", "attr", "arg", "name", "asname"):
            if isinstance(value := getattr(node, field, None), str):
                yield from value.split(".")
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " not in node.value:
            yield from re.findall(r"\w+", node.value)


@cache
def names() -> dict[str, set[str]]:
    """Return the identifiers of every module but this one."""
    return {name: set(identifiers(tree)) for name, tree in modules().items() if name != name_of(Path(__file__))}


@cache
def all_names() -> set[str]:
    kinds = (".html", ".js", ".css", ".toml", ".txt", ".xml", ".json", ".csv", ".conf")
    texts = [path for path in files("*") if path.suffix in kinds or path.name in ("Makefile", ".env.example")]
    words = {word for path in texts for word in re.findall(r"\w+", path.read_text(errors="ignore"))}
    return words.union(*names().values(), (Path(module).stem for module in modules()))


@cache
def classes() -> dict[str, set[str]]:
    """Return the identifiers of the modules that define each class."""
    found: dict[str, set[str]] = {}
    for name, tree in modules().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                found.setdefault(node.name, set()).update(names().get(name, set()))
    return found


def file_exists(name: str) -> bool:
    escaped = re.escape(name.removeprefix("./").rstrip("/")).replace(r"\*", "[^/]*")
    pattern = re.compile(rf"(^|.*/){escaped}($|/.*)")
    return any(pattern.match(each) for each in tracked())


def command_exists(command: str, target: str, module: str) -> bool:
    if command:
        return command in get_commands()
    if target:
        return re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE) is not None
    return file_exists(module.replace(".", "/") + ".py")


def name_exists(dotted: str) -> bool:
    """Return True for a module, or for a name that its module or class contains; accept names of other libraries."""
    *parents, last = dotted.split(".")
    path = dotted.replace(".", "/")
    if not parents:
        return last in all_names()
    if file_exists(f"{path}.py") or file_exists(f"{path}/"):
        return True
    folder = "/".join(parents)
    homes = [found for name, found in names().items() if re.search(rf"(^|/){folder}(/|\.py$)", name)]
    if parents[-1] in classes():
        homes.append(classes()[parents[-1]])
    if homes:
        return any(last in found for found in homes)
    return parents[0] not in PACKAGES and (find_spec(parents[0]) is not None or parents[0] in all_names())


def is_identifier(name: str, call: str | None) -> bool:
    """Return False for plain words in a code font, such as column names and values."""
    return "." in name or "_" in name or call is not None or re.search(r"[a-z][A-Z]", name) is not None


def exists(span: str) -> bool:
    if FILE.fullmatch(span):
        return span in GENERATED or span.startswith(("var/", "media/")) or file_exists(span)
    if migration := MIGRATION.fullmatch(span):
        return file_exists(f"{migration[1]}/migrations/{migration[2]}_*.py")
    name = NAME.fullmatch(span)
    return not name or not is_identifier(name[1], name[2]) or span.endswith(HOSTS) or name_exists(name[1])


def missing(text: str) -> Iterator[str]:
    yield from (found[0] for found in COMMAND.finditer(text) if not command_exists(*found.groups(default="")))
    prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    yield from (span for span in SPAN.findall(prose) if not exists(span))


@pytest.mark.parametrize(
    "text",
    [
        "`catalog/nothing.py`", "`catalog.stock.nothing`", "`stock.nothing(now)`", "`place_nothing`", "`NothingForm`",
        "`catalog/9999`", "`manage.py nothing`", "`make nothing`", "```\npython -m tests.benchmarks.nothing\n```",
    ],
)  # fmt: skip
def test_a_name_that_does_not_exist_is_found(text: str) -> None:
    assert len(list(missing(text))) == 1


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_a_document_names_only_what_exists(document: Path) -> None:
    assert sorted(set(missing(document.read_text()))) == []


def test_the_traced_requests_name_what_exists() -> None:
    traces = re.findall(r"^```\n(.*?)^```", (ROOT / "docs/architecture.md").read_text(), re.MULTILINE | re.DOTALL)[1:]
    traced = {name for trace in traces for name in re.findall(r"\b[a-z_]+(?:\.[A-Za-z_]+)+", trace)}
    assert len(traces) == 4
    assert [name for name in sorted(traced) if not name_exists(name)] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_a_link_leads_to_a_file_and_a_heading(document: Path) -> None:
    for path, anchor in LINK.findall(document.read_text()):
        if path.startswith(("http:", "https:", "mailto:")):
            continue
        target = document.parent / path if path else document
        assert target.exists(), path
        if anchor and target.suffix == ".md":
            headings = re.findall(r"^#+ (.+)$", target.read_text(), re.MULTILINE)
            slugs = {re.sub(r"[^\w -]", "", each).strip().lower().replace(" ", "-") for each in headings}
            assert anchor in slugs, f"{path}#{anchor}"

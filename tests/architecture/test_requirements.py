"""Requirements and their dependencies are pinned."""

from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from tests.architecture.source import ROOT

FILES = ("requirements-shop.txt", "requirements.txt", "requirements-dev.txt")


def requirements(*names: str) -> list[Requirement]:
    """Parse the requirements in these files."""
    lines = [line.partition(" #")[0].partition("#")[0].strip() for name in names
             for line in (ROOT / name).read_text().splitlines()]  # fmt: skip
    return [Requirement(line) for line in lines if line and not line.startswith("-")]


def pins() -> dict[NormalizedName, str]:
    """Return the locked version of each package that this platform installs."""
    found = {}
    for each in requirements("constraints.txt"):
        if each.marker is None or each.marker.evaluate():
            found[canonicalize_name(each.name)] = str(each.specifier).removeprefix("==")
    return found


def closure(declared: list[Requirement]) -> Iterator[str]:
    """Yield the installed packages that these requirements need, directly or indirectly."""
    seen: set[tuple[str, str]] = set()
    waiting = [(each.name, extra) for each in declared for extra in ("", *each.extras)]
    while waiting:
        name, extra = waiting.pop()
        if (name, extra) in seen:
            continue
        seen.add((name, extra))
        try:
            needed = distribution(name).requires or []
        except PackageNotFoundError:
            continue  # the installed build of its parent does not need it
        yield name
        for each in map(Requirement, needed):
            if each.marker is None or each.marker.evaluate({"extra": extra}):
                waiting += [(each.name, inner) for inner in ("", *each.extras)]


def test_requirements_are_pinned_exactly() -> None:
    declared = requirements(*FILES)
    assert not [str(each) for each in declared if not str(each.specifier).startswith("==")]
    for first in ("requirements-shop.txt", "requirements.txt"):
        assert "-c constraints.txt" in (ROOT / first).read_text().splitlines()


def test_requirements_match_the_lock() -> None:
    locked = pins()
    declared = {canonicalize_name(each.name): str(each.specifier).removeprefix("==")
             for each in requirements(*FILES)}  # fmt: skip
    assert {name: locked.get(name) for name in declared} == declared, "run `make lock`"


def test_installed_packages_match_the_lock() -> None:
    locked = pins()
    declared = requirements(*FILES)
    installed = {canonicalize_name(name): Version(distribution(name).version).public for name in closure(declared)}
    assert len(installed) > 100
    assert {name: locked.get(name) for name in installed} == installed, "run `make lock`, then install again"

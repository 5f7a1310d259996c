"""Every version that a fresh clone installs is pinned: what is asked for, and whatever that needs."""

from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

from tests.architecture.source import ROOT

FILES = ("requirements-shop.txt", "requirements.txt", "requirements-dev.txt")


def requirements(*names: str) -> list[Requirement]:
    """The lines of the files that name a package."""
    lines = [line.partition(" #")[0].partition("#")[0].strip() for name in names
             for line in (ROOT / name).read_text().splitlines()]  # fmt: skip
    return [Requirement(line) for line in lines if line and not line.startswith("-")]


def pins() -> dict[NormalizedName, str]:
    """The pinned version of each package, without the build that a machine may have of it."""
    found = {}
    for each in requirements("constraints.txt"):
        if each.marker is None or each.marker.evaluate():
            found[canonicalize_name(each.name)] = str(each.specifier).removeprefix("==")
    return found


def needed(asked: list[Requirement]) -> Iterator[str]:
    """The packages that these need on this machine, with those that they need in turn."""
    seen: set[tuple[str, str]] = set()
    waiting = [(each.name, extra) for each in asked for extra in ("", *each.extras)]
    while waiting:
        name, extra = waiting.pop()
        if (name, extra) in seen:
            continue
        seen.add((name, extra))
        try:
            wanted = distribution(name).requires or []
        except PackageNotFoundError:
            continue  # nothing here needs it: another build of its parent is installed
        yield name
        for each in map(Requirement, wanted):
            if each.marker is None or each.marker.evaluate({"extra": extra}):
                waiting += [(each.name, inner) for inner in ("", *each.extras)]


def test_what_is_asked_for_is_pinned_exactly() -> None:
    asked = requirements(*FILES)
    assert not [str(each) for each in asked if not str(each.specifier).startswith("==")]
    for first in ("requirements-shop.txt", "requirements.txt"):
        assert "-c constraints.txt" in (ROOT / first).read_text().splitlines()


def test_what_is_asked_for_and_what_is_locked_agree() -> None:
    locked = pins()
    asked = {canonicalize_name(each.name): str(each.specifier).removeprefix("==")
             for each in requirements(*FILES)}  # fmt: skip
    assert {name: locked.get(name) for name in asked} == asked, "run `make lock`"


def test_whatever_is_installed_for_the_requirements_is_locked_at_its_version() -> None:
    locked = pins()
    asked = requirements(*FILES)
    installed = {canonicalize_name(name): Version(distribution(name).version).public for name in needed(asked)}
    assert len(installed) > 100
    assert {name: locked.get(name) for name in installed} == installed, "run `make lock`, then install again"

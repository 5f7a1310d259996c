"""Decision records are numbered without gaps and dated."""

import re
from pathlib import Path

import pytest

from tests.architecture.source import ROOT

RECORDS = sorted((ROOT / "docs/decisions").glob("*.md"))


def test_decisions_are_numbered_without_gaps() -> None:
    assert [int(record.name[:4]) for record in RECORDS] == list(range(1, len(RECORDS) + 1))


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.stem)
def test_a_decision_begins_with_its_number_and_a_date(record: Path) -> None:
    assert re.match(rf"# {int(record.name[:4])}\. .+\n\n\d{{4}}-\d\d-\d\d\n\n", record.read_text())

"""The command that imports a feed."""

from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from catalog.models import VocabularyWord, WordList
from tests.catalog.feed.feeds import CUP, HEADER, MUG

pytestmark = pytest.mark.django_db


def test_import_command_fails_if_rows_were_rejected(tmp_path: Path, capsys: Any) -> None:
    file = tmp_path / "feed.csv"
    file.write_text("\n".join([HEADER, MUG, CUP.replace(",8,", ",-8,")]))
    with pytest.raises(CommandError, match="1 problems"):
        call_command("import_catalog", file)
    captured = capsys.readouterr()
    assert "feed.csv line 3: The price is negative." in captured.err
    assert "1 products created" in captured.out
    file.write_text("\n".join([HEADER, MUG]))
    call_command("import_catalog", str(file))
    with pytest.raises(CommandError, match="Cannot read"):
        call_command("import_catalog", tmp_path / "nothing.csv")
    with pytest.raises(CommandError, match="The folder"):
        call_command("import_catalog", file, images=tmp_path / "nothing")


def test_import_command_counts_the_words(tmp_path: Path) -> None:
    file = tmp_path / "feed.csv"
    file.write_text("\n".join([HEADER, MUG]))
    call_command("import_catalog", file)
    assert VocabularyWord.objects.filter(word="mug").exists()
    assert WordList.objects.count() == 3

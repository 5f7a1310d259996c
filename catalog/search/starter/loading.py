"""Load the starter set into the table of synonyms."""

from __future__ import annotations

from django.db import transaction

from catalog.models import StarterLine, Synonym
from catalog.search.changes import notice
from catalog.search.starter import StarterGroup, groups


def load_starter_set() -> int:
    """Add the lines that were never loaded, and remove untouched rows whose line is gone. Return the number added.

    What staff edited, switched off or deleted stays as they left it.
    """
    wanted = {group.line: group for group in groups()}
    with transaction.atomic():
        known = set(StarterLine.objects.values_list("line", flat=True))
        _remove_withdrawn(known - wanted.keys(), wanted)
        new = [group for line, group in wanted.items() if line not in known]
        StarterLine.objects.bulk_create([StarterLine(line=group.line) for group in new], ignore_conflicts=True)
        Synonym.objects.bulk_create([_synonym(group) for group in new], ignore_conflicts=True)
    notice()
    return len(new)


def _remove_withdrawn(lines: set[str], wanted: dict[str, StarterGroup]) -> None:
    rows = Synonym.objects.filter(starter_line__in=lines, is_active=True)
    untouched = [row.pk for row in rows if _line(row) == row.starter_line]
    Synonym.objects.filter(pk__in=untouched).delete()
    StarterLine.objects.filter(line__in=lines).delete()


def _line(row: Synonym) -> str:
    """Return the line that would load as this row."""
    if row.kind == Synonym.Kind.BROADER:
        return f"{row.language}: {row.words} > {row.synonyms}"
    sides = row.synonyms.split(", ") if row.kind == Synonym.Kind.SAME else [row.synonyms]
    return f"{row.language}: {' = '.join([row.words, *sides])}"


def _synonym(group: StarterGroup) -> Synonym:
    return Synonym(
        words=group.words,
        synonyms=group.synonyms,
        kind=group.kind,
        language=group.language,
        starter_line=group.line,
    )

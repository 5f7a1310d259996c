"""The words of a text as learning counts them. Queries are split in the same way."""

from catalog.search.languages import stem
from catalog.search.terms import terms

MAX_LENGTH = 64  # characters of a word


def bag(text: str) -> list[str]:
    """Return the stems of the text's words in order, each once, without stop words, numbers and single letters."""
    parts = (spelling for term in terms(text) if not term.is_run for part in term.parts for spelling in part[:1])
    stems = (stem(part) for part in parts if part.isalpha() and len(part) > 1)
    return list(dict.fromkeys(each for each in stems if 1 < len(each) <= MAX_LENGTH))

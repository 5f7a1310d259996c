"""Turn the words of a query into parts, by the names of the shop and the thesaurus."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import product
from typing import NamedTuple

from catalog.search import grammar, spelling
from catalog.search.languages import QUERY_LANGUAGES, STOP_WORDS, shop_language
from catalog.search.names import ATTRIBUTE, CATEGORY, Key, NameIndex
from catalog.search.narrower import narrower
from catalog.search.query import Meaning, Part
from catalog.search.synonyms import thesaurus
from catalog.search.terms import terms
from catalog.search.tokens import Token, name_key
from catalog.search.vocabulary import idf
from catalog.text.folding import fold

MAX_SPAN = 4  # words of a name
MAX_PARTS = 8
MAX_MEANINGS = 24  # per part
MIN_WEIGHT = 0.2  # of a word that all products have
HEAD_WEIGHT = 1.5
CALLED_SO = 0.9  # of the weight of a category above: one without others below it is meant instead
ABOVE = 0.5  # what the category above then weighs
TAIL = 0.75  # what the last word of a phrase names
EXCLUDING_WEIGHT = 0.55  # synonyms that weigh less are not excluded by “not”

Words = list[tuple[int, Token]]
Places = tuple[int, ...]


class _Span(NamedTuple):
    """Words that a name or the thesaurus knows, by their places in `Words`."""

    places: Places
    meanings: tuple[Meaning, ...]


def read_parts(words: Words, known: NameIndex) -> list[tuple[Part, Places]]:
    """Return the parts of a query, each with the places of its tokens, in the order of the text."""
    words = _without_measures(words)
    tokens = [token for _place, token in words]
    chosen = _cover(len(tokens), _spans(tokens, known))
    taken = {place for span in chosen for place in span.places}
    for at, token in enumerate(tokens):
        if at not in taken and token.key and not _is_filler(token):
            chosen.append(_Span((at,), ()))
    if not chosen:
        chosen = [_Span((at,), ()) for at, token in enumerate(tokens) if terms(token.text)]
    chosen.sort(key=lambda span: span.places)
    parts = _weighed([_part(span, tokens) for span in chosen[:MAX_PARTS]], chosen, tokens)
    return [(part, tuple(words[place][0] for place in span.places)) for part, span in zip(parts, chosen, strict=False)]


def _without_measures(words: Words) -> Words:
    """Leave out “pair of” and the like."""
    of = [at for at, (_place, token) in enumerate(words) if token.word in grammar.OF]
    left_out = {at - step for at in of for step in (0, 1) if at and words[at - 1][1].word in grammar.MEASURES}
    return [each for at, each in enumerate(words) if at not in left_out]


def excluded_part(tokens: Sequence[Token], known: NameIndex) -> Part:
    """Return what “not …” excludes: the name with everything that is a kind of it, or the word."""
    whole = tuple(range(len(tokens)))
    meanings = [each for span in _spans(list(tokens), known) if span.places == whole for each in span.meanings]
    typed = Meaning(1.0, terms=terms(_text(tokens)), is_typed=True)
    kept = [each for each in meanings if each.weight >= EXCLUDING_WEIGHT and each.name is not None]
    return Part(_text(tokens), (typed, *kept))


def _spans(tokens: list[Token], known: NameIndex) -> list[_Span]:
    """Return every span with a meaning besides its own words."""
    found: dict[Places, list[Meaning]] = defaultdict(list)
    synonyms = thesaurus()
    for places, key in _keys(tokens):
        is_foreign = len(places) == 1 and synonyms.is_foreign(tokens[places[0]].word)
        called = [
            each for each in known.find(key) if not is_foreign or tokens[places[0]].word in fold(each.name.label)
        ]
        found[places] += [Meaning(each.weight, each.name, is_typed=True) for each in called]
        found[places] += [Meaning(each.weight, each.name) for each in narrower(key, known, synonyms)]
    expanded = _expanded(tokens)
    for places, phrase, weight in expanded:
        found[places] += _meanings_of(phrase, weight, known)
    for places, key, weight in _replaced(tokens, expanded):
        found[places] += [Meaning(weight * each.weight, each.name) for each in known.find(key)]
    for places, meanings in found.items():
        if meanings and len(places) > 1 and not any(each.name for each in meanings):
            meanings += _tails([tokens[place] for place in places], known)
    return [_Span(places, _best(_lowest_first(meanings))) for places, meanings in found.items() if meanings]


def _lowest_first(meanings: Sequence[Meaning]) -> list[Meaning]:
    """Let a category without others below it be meant before one above it: Dresses before Dress with its jumpsuits."""
    lowest = [each.weight for each in meanings if _is_category_name(each) and each.name and not each.name.is_parent]
    best = max(lowest, default=0.0)
    return [
        replace(each, weight=each.weight * ABOVE)
        if _is_category_name(each) and each.name and each.name.is_parent and best >= CALLED_SO * each.weight
        else each
        for each in meanings
    ]


def _is_category_name(meaning: Meaning) -> bool:
    return meaning.name is not None and meaning.name.kind == CATEGORY


def _tails(tokens: Sequence[Token], known: NameIndex) -> list[Meaning]:
    """Return what the last word names: a pepper mill is a mill."""
    return [Meaning(TAIL * each.weight, each.name) for each in known.find(tokens[-1].key)]


def _keys(tokens: Sequence[Token]) -> Iterator[tuple[Places, Key]]:
    for start in range(len(tokens)):
        for end in range(start + 1, min(len(tokens), start + MAX_SPAN) + 1):
            if end - start > 1 or not _is_filler(tokens[start]):
                yield tuple(range(start, end)), tuple(part for token in tokens[start:end] for part in token.key)


def _expanded(tokens: Sequence[Token]) -> list[tuple[Places, str, float]]:
    words = [token.text for token in tokens]
    joined = [each for each in spelling.compounds(words) if not any(_is_filler(tokens[at]) for at in each.positions)]
    return [
        (expansion.positions, phrase, weight)
        for expansion in (*thesaurus().expansions(words), *joined)
        for phrase, weight in expansion.alternatives
    ]


def _replaced(
    tokens: Sequence[Token], expanded: Sequence[tuple[Places, str, float]]
) -> Iterator[tuple[Places, Key, float]]:
    """Return longer spans with some words replaced by synonyms: table light is a table lamp."""
    options: list[list[tuple[Key, float]]] = [[(token.key, 1.0)] for token in tokens]
    for places, phrase, weight in expanded:
        if len(places) == 1 and len(options[places[0]]) < 6:
            options[places[0]].append((name_key(phrase), weight))
    for start in range(len(tokens)):
        for end in (start + 2, start + 3):
            if end <= len(tokens):
                for chosen in product(*options[start:end]):
                    weight = min(weight for _key, weight in chosen)
                    if weight < 1:
                        yield tuple(range(start, end)), tuple(part for key, _weight in chosen for part in key), weight


def _meanings_of(phrase: str, weight: float, known: NameIndex) -> list[Meaning]:
    named = [Meaning(weight * each.weight, each.name) for each in known.find(name_key(phrase))]
    return [*named, Meaning(weight, terms=terms(phrase))]


def _best(meanings: Iterable[Meaning]) -> tuple[Meaning, ...]:
    """Return each name and text once, with its highest weight."""
    best: dict[object, Meaning] = {}
    for each in sorted(meanings, key=lambda each: -each.weight):
        best.setdefault(each.name or each.terms, each)
    return tuple(best.values())[:MAX_MEANINGS]


def _cover(length: int, spans: list[_Span]) -> list[_Span]:
    """Choose spans that do not overlap: longer ones first, then those that a name matches best."""
    free, chosen = set(range(length)), []
    for span in sorted(spans, key=lambda span: (-len(span.places), -span.meanings[0].weight)):
        if free.issuperset(span.places):
            chosen.append(span)
            free -= set(span.places)
    return chosen


def _part(span: _Span, tokens: Sequence[Token]) -> Part:
    own = [tokens[place] for place in span.places]
    text = _text(own)
    is_phrase = any(token.is_quoted for token in own)
    typed = Meaning(1.0, terms=terms(text), is_typed=True, is_phrase=is_phrase)
    words = tuple(terms(token.text) for token in own if not _is_filler(token))
    return Part(text, (typed, *span.meanings), words=words if span.meanings else ())


def _weighed(parts: list[Part], spans: Sequence[_Span], tokens: Sequence[Token]) -> list[Part]:
    """Find the kinds and weigh the parts."""
    clauses = _clauses(tokens)
    lead = next((clauses[span.places[0]] for span in spans), 0)
    if any(token.word in grammar.GIFTS for token, clause in zip(tokens, clauses, strict=True) if clause == lead):
        lead = next((clauses[span.places[0]] for span in spans if clauses[span.places[0]] > lead), lead)
    leading = [at for at, span in enumerate(spans[: len(parts)]) if clauses[span.places[0]] == lead]
    kinds = set(_kinds(parts, leading))
    is_list = any((token.word,) in grammar.OR for token in tokens)
    head = _head(parts, leading) if not kinds and lead == 0 and not is_list else None
    return [replace(part, is_kind=at in kinds, weight=_weight(part, at == head)) for at, part in enumerate(parts)]


def _kinds(parts: Sequence[Part], leading: Sequence[int]) -> list[int]:
    """Return the parts that say what is looked for: categories, unless they only describe another one."""
    certain = [at for at in leading if _is_category(parts[at]) and not _is_modifier(parts[at])]
    if certain:
        return certain
    last = leading[-1] if leading else None
    return [last] if last is not None and _is_category(parts[last]) else []


def _head(parts: Sequence[Part], leading: Sequence[int]) -> int | None:
    """Return the last part that names no attribute and is no number: tea kettle, bread board."""
    return next((at for at in reversed(leading) if not any(parts[at].names(ATTRIBUTE)) and _is_word(parts[at])), None)


def _is_word(part: Part) -> bool:
    return any(map(str.isalpha, part.text)) or not part.text.isascii()


def _is_category(part: Part) -> bool:
    return any(part.names(CATEGORY))


def _is_modifier(part: Part) -> bool:
    """Return True for words that may describe a thing, such as glass, or the garden in garden chair."""
    best = max(part.meanings[1:], key=lambda each: each.weight)
    written = {name.label.casefold() for name in part.names(CATEGORY)}
    is_parent = all(name.is_parent for name in part.names(CATEGORY))
    is_value = any(each.name and each.name.kind == ATTRIBUTE and each.weight >= best.weight for each in part.meanings)
    return (is_value and part.text.casefold() not in written) or is_parent


def _weight(part: Part, is_head: bool) -> float:
    """Weigh names as if they were rare, and words by how rare they are."""
    if any(each.name is not None for each in part.meanings):
        weight = 1.0
    else:
        weight = max(MIN_WEIGHT, *(idf(word) for word in part.text.split()))
    return weight * HEAD_WEIGHT if is_head else weight


def _clauses(tokens: Sequence[Token]) -> list[int]:
    """Number the clauses: a preposition begins a new one."""
    found, clause = [], 0
    for token in tokens:
        if token.word in grammar.PREPOSITIONS:
            clause += 1
        found.append(clause)
    return found


def _is_filler(token: Token) -> bool:
    word = token.word
    if token.is_quoted:
        return False
    if (word,) in grammar.OR or (word,) in grammar.WITH:
        return True
    languages = {shop_language(), *QUERY_LANGUAGES}
    is_stop_word = any(word in STOP_WORDS.get(language, ()) for language in languages)
    return is_stop_word or word in grammar.FILLERS or word in grammar.PREPOSITIONS or word in grammar.ARTICLES


def _text(tokens: Sequence[Token]) -> str:
    return " ".join(token.text for token in tokens)

"""Stemming and stop words, by language. Independent of the database."""

from __future__ import annotations

from functools import cache, lru_cache
from threading import Lock

import snowballstemmer
from django.conf import settings

from catalog.text.folding import clean, fold

ENGLISH, GERMAN, FRENCH = "en", "de", "fr"
QUERY_LANGUAGES = (ENGLISH, GERMAN, FRENCH)  # the starter set has synonyms in these
SNOWBALL = {
    "ar": "arabic", "ca": "catalan", "da": "danish", "de": "german", "el": "greek", "en": "english", "es": "spanish",
    "et": "estonian", "eu": "basque", "fi": "finnish", "fr": "french", "ga": "irish", "hi": "hindi", "hu": "hungarian",
    "hy": "armenian", "id": "indonesian", "it": "italian", "lt": "lithuanian", "nb": "norwegian", "ne": "nepali",
    "nl": "dutch", "no": "norwegian", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sr": "serbian",
    "sv": "swedish", "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}  # fmt: skip
_lock = Lock()  # a stemmer keeps the word at hand in itself
_ASCII_ONLY = frozenset({"en"})  # a word of another script is no word of these languages

_STOP_WORDS = {
    "en": """
a about above after again against all am an and any are as at be because been before being below between both but
by can d did do does doing don down during each few for from further had has have having he her here hers herself
him himself his how i if in into is it its itself just ll m me more most my myself no nor not now of off on once
only or other our ours ourselves out over own re s same she should so some such t than that the their theirs them
themselves then there these they this those through to too under until up ve very was we were what when where
which while who whom why will with you your yours yourself yourselves
""",
    "de": """
aber alle allem allen aller alles als also am an andere anderem anderen anderer anderes auch auf aus bei bin bis bist
da damit dann das dass dein deine deinem deinen deiner dem den denn der des dich die dies diese diesem diesen dieser
dieses dir doch dort du durch ein eine einem einen einer eines er es etwas euch euer eure für gegen gewesen hab habe
haben hat hatte hatten hier hin hinter ich ihm ihn ihnen ihr ihre ihrem ihren ihrer im in indem ins ist ja jede jedem
jeden jeder jedes jener jetzt kann kein keine keinem keinen keiner können könnte machen man manche mein meine meinem
meinen meiner mich mir mit muss musste nach nicht nichts noch nun nur ob oder ohne sehr sein seine seinem seinen
seiner selbst sich sie sind so solche soll sollte sondern sonst über um und uns unser unsere unter viel vom von vor
war waren was weg weil weiter welche welchem welchen welcher wenn werde werden wie wieder will wir wird wirst wo
wollen wollte während würde würden zu zum zur zwar zwischen
""",
    "fr": """
à ai aie ait alors as au aucun aussi autre aux avec avoir c ce ceci cela celle celles celui ces cet cette ceux chez
comme d dans de des donc dont du elle elles en encore entre es est et étaient était être eu eux fait faire il ils j je
l la là le les leur leurs lui m ma mais me même mes moi mon n ne ni nos notre nous on ont ou où par pas peu peut plus
pour pourquoi qu quand que quel quelle quelles quels qui quoi s sa sans se ses si son sont sous sur t ta te tes toi ton
tous tout toute toutes très trop tu un une va vers vos votre vous y
""",
}
STOP_WORDS = {language: frozenset(map(fold, text.split())) for language, text in _STOP_WORDS.items()}


def shop_language() -> str:
    """Return the language of the products, such as “de” for de-AT. It may be one without translated pages."""
    return str(settings.REQUESTED_LANGUAGE).split("-")[0].lower()


def stem(word: str) -> str:
    """Return the stem of a folded word in the shop's language, or an empty string for a stop word."""
    language = shop_language()
    return "" if word in STOP_WORDS.get(language, ()) else stem_in(language, word)


@lru_cache(maxsize=50_000)
def stem_in(language: str, word: str) -> str:
    """Return the stem of a folded word. A word that is not of this language's alphabet stays as it is."""
    if language not in SNOWBALL or not word.isalpha() or (language in _ASCII_ONLY and not word.isascii()):
        return word
    with _lock:
        return fold(str(_stemmer(language).stemWord(word)))


@cache
def _stemmer(language: str) -> snowballstemmer.stemmer:
    return snowballstemmer.stemmer(SNOWBALL[language])


def spellings(word: str) -> tuple[str, ...]:
    """Return the folded word, with umlauts as one letter and as two: schussel and schuessel for Schüssel."""
    plain = fold(word)
    written = fold(clean(word).translate(_UMLAUTS))
    return (plain,) if written == plain else (plain, written)


_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})

"""Words of a query that say how to search, in English, German and French: not, under, cheap, on sale, in stock.

All words are folded. A phrase is a tuple of words.
"""

from __future__ import annotations

Phrase = tuple[str, ...]


def _phrases(text: str) -> frozenset[Phrase]:
    """Return the phrases of a text, one a line or separated by commas."""
    lines = text.replace("\n", ",").split(",")
    return frozenset(tuple(line.split()) for line in lines if line.strip())


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


NOT = _phrases("""
not, but not, without, w/o, no, non, except, except for, excluding, minus, nor
ohne, nicht, aber nicht, kein, keine, keinen, keiner, keines, ausser
sans, pas, pas de, pas en, sauf, mais pas
""")
OR = _phrases("and, or, &, /, +, und, oder, sowie, et, ou, et/ou, and/or")
WITH = _phrases("with, mit, avec")

UNDER = _phrases("""
under, below, less than, cheaper than, up to, upto, max, maximum, at most, no more than, not more than, not over, <, <=
unter, bis, bis zu, weniger als, gunstiger als, billiger als, maximal, hochstens
moins de, moins cher que, jusqu'a, jusqua, a moins de, au plus
""")
OVER = _phrases("""
over, above, more than, at least, min, minimum, from, starting at, no less than, not under, >, >=
uber, ab, mindestens, mehr als
plus de, a partir de, au moins, des
""")
BETWEEN = _phrases("between, from, zwischen, von, entre, de")
TO = _phrases("to, and, -, bis, und, a, et")
CURRENCY = _words("""
€ $ £ ¥ eur euro euros usd dollar dollars gbp pound pounds chf franken francs quid bucks
""")

CHEAP = _phrases("""
cheap, cheaper, cheapest, the cheapest, affordable, inexpensive, budget, low cost, low price, low priced
not expensive
gunstig, gunstige, gunstiger, gunstiges, gunstigen, gunstigste
billig, billige, billiger, billiges, billigste, preiswert
preiswerte, preiswerter, nicht teuer
pas cher, pas chere, bon marche, moins cher, economique, abordable
""")
EXPENSIVE = _phrases("""
expensive, most expensive, the most expensive, dearest, luxury, luxurious, premium, high end, upmarket
teuer, teure, teurer, teures, teuerste, luxus, hochwertig, hochwertige
cher, chere, le plus cher, luxe, de luxe, haut de gamme
""")
REDUCED = _phrases("""
sale, on sale, in the sale, on offer, special offer, special offers, offers, deal, deals, discount, discounts
discounted, reduced, clearance, marked down, bargain, bargains
angebot, angebote, im angebot, reduziert, reduzierte, reduzierter, rabatt, rabattiert, ausverkauf, schnappchen
soldes, solde, en solde, en soldes, promo, promotion, promotions, en promotion, remise, reduit, reduite, reduits
""")
IN_STOCK = _phrases("""
in stock, available, available now
auf lager, lieferbar, sofort lieferbar, verfugbar
en stock, disponible, disponibles
""")

# Names that are no kind of what their last word says: whoever asks for a suit wants no night suit.
APART = _phrases("""
night suit, sleep suit, bathing suit, swim suit, wet suit, track suit, jogging suit, boiler suit, sleeping bag
bean bag, tea bag, dust bag, key ring, teething ring, napkin ring, cable tie, zip tie, egg cup, measuring cup
gravy boat, sauce boat, wheel chair, hot dog, teddy bear, pillow case, sea horse, dollar bill, mouse pad, ironing board
""")

# After one of these, the words describe the use of a thing, not the thing itself: a pot for herbs.
PREPOSITIONS = _words("""
for to in on onto into of from at by over above under near behind beside next against around about during
before when while that which so who where fur zum zur zu in im auf aus von vom am an bei uber neben gegen wenn
damit der die das pour a au aux dans sur de du des d en par chez contre quand qui que
""")
# Words of sentences that name nothing.
FILLERS = _words("""
something somewhere someone somebody anything anyone thing things stuff item items product products one ones
some any want wants wanted need needs needed looking look find buy buying get getting show me please would
like good nice best great perfect place way kind sort type put keep make let use used using gift gifts present
presents idea ideas lover lovers fan friend kg etc my your our his her their etwas was irgendwas suche suchen
brauche mochte will kaufen geschenk geschenke idee ideen schon schone quelque chose cherche veux voudrais
acheter cadeau cadeaux idee idees
""")
ARTICLES = _words("""
a an the any der die das den dem ein eine einen einer le la les l un une des du de d
""")
# What follows says for whom it is, and so what it is: a gift for a gardener.
GIFTS = _words("gift gifts present presents geschenk geschenke cadeau cadeaux")
MEASURES = _words("pair pairs set sets pack packs couple bunch piece paar satz paire lot jeu")
OF = _words("of von de d")

"""The checks of this version, in the order in which the queue shows what they found."""

from visualsearch.moderation import copies, defects, place, rule, seen, unsafe
from visualsearch.moderation.finding import Check

RULES = 4  # raise it when a check changes: `manage.py moderate_images` then looks at all pictures again

CHECKS: tuple[Check, ...] = (unsafe.CHECK, seen.CHECK, copies.CHECK, place.CHECK, rule.CHECK, defects.CHECK)

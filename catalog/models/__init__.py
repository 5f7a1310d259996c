"""The models of the catalogue and their querysets."""

from catalog.models.attributes import (
    COLOUR_SLUGS,
    RESERVED_NAMES,
    Attribute,
    AttributeValue,
    attribute_name,
    filter_name,
    validate_filter_name,
)
from catalog.models.category import Category
from catalog.models.counted import CountedProduct
from catalog.models.demand import Demand, DemandNote
from catalog.models.family import MAX_ON_CARD, Swatch
from catalog.models.feed_import import FeedChange, FeedImport, FeedProblem
from catalog.models.follow_up import FollowUp
from catalog.models.former_slug import FormerSlug
from catalog.models.picture import ProductImage, ProductImageQuerySet, shown_pictures, upload_url
from catalog.models.picture_source import PictureSource, PictureSourceQuerySet
from catalog.models.product import LOW_STOCK, NOT_DRAFT, Product, ProductQuerySet
from catalog.models.search_tally import SearchTally
from catalog.models.synonym import StarterLine, Synonym, VocabularyCount, VocabularyWord, WordList
from catalog.models.variant import StockMovement, Variant

__all__ = [
    "COLOUR_SLUGS",
    "LOW_STOCK",
    "MAX_ON_CARD",
    "NOT_DRAFT",
    "RESERVED_NAMES",
    "Attribute",
    "AttributeValue",
    "Category",
    "CountedProduct",
    "Demand",
    "DemandNote",
    "FeedChange",
    "FeedImport",
    "FeedProblem",
    "FollowUp",
    "FormerSlug",
    "PictureSource",
    "PictureSourceQuerySet",
    "Product",
    "ProductImage",
    "ProductImageQuerySet",
    "ProductQuerySet",
    "SearchTally",
    "StarterLine",
    "StockMovement",
    "Swatch",
    "Synonym",
    "Variant",
    "VocabularyCount",
    "VocabularyWord",
    "WordList",
    "attribute_name",
    "filter_name",
    "shown_pictures",
    "upload_url",
    "validate_filter_name",
]

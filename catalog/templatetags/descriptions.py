"""The description of a product, with its structure if it has one."""

from django import template
from django.utils.html import linebreaks
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import Truncator

from catalog.models import Product
from catalog.text.html import clean_html

register = template.Library()


@register.simple_tag
def meta_description(product: Product) -> str:
    """Return what search engines show below the title: the text written for them, or else the first sentences."""
    return product.seo_description or Truncator(product.description).chars(155) or product.title


@register.simple_tag
def description(product: Product) -> SafeString:
    """Return the description as HTML. It was cleaned when it was saved, but other code may write to the table."""
    if product.description_html:
        return mark_safe(clean_html(product.description_html))  # noqa: S308 -- cleaned
    return SafeString(linebreaks(product.description, autoescape=True))

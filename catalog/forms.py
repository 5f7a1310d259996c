"""The filter form of all product lists, and the admin's forms of the catalogue."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django import forms
from django.db.models import F
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from treebeard.forms import MoveNodeForm

from catalog.filters import Filters
from catalog.former_slugs import with_current_slugs
from catalog.models import Attribute, AttributeValue, Category, ProductQuerySet, Variant
from catalog.models.demand import MAX_NOTE_LENGTH
from catalog.models.fields import LineFormField
from catalog.search import words
from catalog.search.queries import MAX_QUERY_LENGTH
from catalog.search_counts import recordable_words
from catalog.structure import Structure, structure
from catalog.text.slugs import free_slug
from catalog.tree import CategoryTree

SWITCHES = {"": False, "0": False, "false": False, "off": False, "1": True, "true": True, "on": True}
AMOUNT: dict[str, Any] = {"min_value": 0, "max_digits": 12, "decimal_places": 2}
RELEVANCE = ("relevance", _("Best match"))
ORDERS: dict[str, Any] = {
    "newest": (_("Newest"), ("-created_at", "-pk")),
    "popular": (_("Best selling"), ("-sold_count", "-pk")),
    "price": (_("Price: low to high"), (F("price_amount").asc(nulls_last=True), "pk")),
    "-price": (_("Price: high to low"), (F("price_amount").desc(nulls_last=True), "-pk")),
    "title": (_("Name"), ("sort_key", "pk")),
}
SORTS = [RELEVANCE[0], *ORDERS]


class SortField(forms.ChoiceField):
    """A sort order. "Relevance" is valid for every list, but only offered for searches."""

    def valid_value(self, value: Any) -> bool:
        return value in SORTS


class ProductFilterForm(forms.Form):
    """Filters from a query string. Call `is_valid()` before using them.

    Each filterable attribute has a field named after its slug. If the query has former slugs, `current_query` is the
    query with the current ones.
    """

    category = forms.CharField(label=_("Category"), required=False, max_length=120)
    min_price = forms.DecimalField(
        label=_("Minimum price"), required=False, min_value=0, max_digits=12, decimal_places=2
    )
    max_price = forms.DecimalField(
        label=_("Maximum price"), required=False, min_value=0, max_digits=12, decimal_places=2
    )
    in_stock = forms.BooleanField(label=_("In stock only"), required=False)
    sort = SortField(label=_("Sort by"), required=False)

    def __init__(self, data: QueryDict | None = None, *, is_search: bool = False, **kwargs: Any) -> None:
        super().__init__(data if data is not None else QueryDict(), **kwargs)
        self.current_query: QueryDict | None = None
        if isinstance(data, QueryDict):
            known = {each.slug: {value.slug for value in values} for each, values in self.values_by_attribute.items()}
            self.current_query = with_current_slugs(data, self.tree.by_slug if data.get("category") else (), known)
            self.data = self.current_query or data
        first = [RELEVANCE] if is_search else []
        self.fields["sort"].choices = [*first, *((name, label) for name, (label, _order) in ORDERS.items())]  # type: ignore[attr-defined]
        for attribute, values in self.values_by_attribute.items():
            self.fields[attribute.slug] = forms.MultipleChoiceField(
                label=attribute.name, required=False, choices=[(value.slug, value.value) for value in values]
            )

    @cached_property
    def structure(self) -> Structure:
        return structure()

    @property
    def tree(self) -> CategoryTree:
        return self.structure.tree

    @property
    def values_by_attribute(self) -> dict[Attribute, list[AttributeValue]]:
        """The filterable attributes and their values, in display order."""
        return self.structure.values_by_attribute

    @property
    def filters(self) -> Filters:
        attributes = [attribute.slug for attribute in self.values_by_attribute]
        return Filters(
            category=self.cleaned_data["category"],
            min_price=self.cleaned_data["min_price"],
            max_price=self.cleaned_data["max_price"],
            in_stock=self.cleaned_data["in_stock"],
            attributes={slug: self.cleaned_data[slug] for slug in attributes if self.cleaned_data[slug]},
        )

    @property
    def is_narrowed(self) -> bool:
        """True if any filter is set. A sort order does not count."""
        return self.is_valid() and self.filters != Filters()

    @property
    def is_by_relevance(self) -> bool:
        """True if a valid form asks for no other order than that of the search."""
        return self.cleaned_data["sort"] not in ORDERS

    def narrow(self, products: ProductQuerySet) -> ProductQuerySet:
        return self.filters.narrow(products)

    @property
    def narrow_before_ranking(self) -> Callable[[ProductQuerySet], ProductQuerySet] | None:
        """Apply the filters that no facet counts beyond: price and stock. None if there are none."""
        if not self.is_valid():
            return None
        filters = self.filters
        plain = replace(filters, category=None, attributes={})
        return plain.narrow if plain != Filters() else None

    def ordered(self, products: ProductQuerySet) -> ProductQuerySet:
        """Apply the chosen sort order, if any."""
        order = ORDERS.get(self.cleaned_data["sort"])
        return products.order_by(*order[1]) if order else products

    def clean_category(self) -> Category | None:
        slug = self.cleaned_data["category"]
        if not slug:
            return None
        if slug not in self.tree.by_slug:
            raise forms.ValidationError(gettext("The category “%(slug)s” does not exist."), params={"slug": slug})
        return self.tree.by_slug[slug]

    def clean_in_stock(self) -> bool:
        raw = str(self.data.get("in_stock", "")).lower()
        if raw not in SWITCHES:
            raise forms.ValidationError(gettext("Enter “true” or leave this out."))
        return SWITCHES[raw]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        lowest, highest = cleaned.get("min_price"), cleaned.get("max_price")
        if lowest is not None and highest is not None and lowest > highest:
            self.add_error("min_price", gettext("The minimum price is higher than the maximum price."))
        return cleaned


class CategoryForm(MoveNodeForm):  # type: ignore[misc]
    """A category in the admin. Feeds identify it by its path of names, so siblings must have different names."""

    PLACE = {"name", "treebeard_position", "treebeard_ref_node"}

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        beside, name = cleaned.get("treebeard_ref_node"), cleaned.get("name")
        above = beside.path if beside else ""
        if beside and cleaned.get("treebeard_position") == "sorted-sibling":
            above = above[: -Category.steplen]
        named = Category.objects.filter(path__startswith=above, name=name).exclude(pk=self.instance.pk)
        if self.PLACE & set(self.changed_data) and named.filter(depth=len(above) // Category.steplen + 1).exists():
            self.add_error(
                "name", gettext("A category with this name already exists here. Choose another name or parent.")
            )
        return cleaned


class ValueForm(forms.ModelForm):  # type: ignore[type-arg]
    """An attribute value in the admin. `ValueFormSet` fills in a missing slug."""

    class Meta:
        model = AttributeValue
        fields = ("value", "slug")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["slug"].required = False

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        try:  # Django does not check these constraints for inline rows
            self.instance.validate_constraints(exclude=None if self.cleaned_data.get("slug") else {"slug"})
        except forms.ValidationError as error:
            self._update_errors(error)  # type: ignore[attr-defined]


class ValueFormSet(forms.BaseInlineFormSet):  # type: ignore[type-arg]
    """The values of an attribute. Missing slugs are filled in with unused ones; A and A+ would get the same slug."""

    def clean(self) -> None:
        rows = [form.cleaned_data for form in self.forms if getattr(form, "cleaned_data", {}).get("value")]
        known = AttributeValue.objects.filter(attribute=self.instance.pk)
        taken = {row["slug"] for row in rows} | set(known.values_list("slug", flat=True))
        for form in self.forms:
            row = getattr(form, "cleaned_data", {})
            if row.get("value") and not row["slug"]:
                form.instance.slug = row["slug"] = free_slug(row["value"], 110, taken.__contains__)
                taken.add(row["slug"])
        super().clean()


class VariantForm(forms.ModelForm):  # type: ignore[type-arg]
    """A variant in the admin. Stock changes by the difference from the value shown, as orders may have come in."""

    self_merged_fields = ("on_hand",)

    class Meta:
        model = Variant
        fields = ("sku", "options", "price_amount", "compare_at_amount", "on_hand", "weight_grams", "position")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["on_hand"].show_hidden_initial = True
        self.fields["weight_grams"].required = False
        self.is_new = self.instance.pk is None
        self.stock_difference = 0

    def clean_on_hand(self) -> int:
        on_hand: int = self.cleaned_data["on_hand"]
        if self.is_new:
            return on_hand
        hidden = self.data.get(self.add_initial_prefix("on_hand"), "")
        shown = int(hidden) if hidden.isdecimal() else int(self.initial["on_hand"])
        self.stock_difference = on_hand - shown
        if self.stock_difference < 0 and self.initial["on_hand"] + self.stock_difference < self.instance.reserved:
            message = _("Enter at least %(reserved)d, the number reserved by orders.")
            raise forms.ValidationError(message % {"reserved": self.instance.reserved})
        return on_hand

    def clean_weight_grams(self) -> int:
        return self.cleaned_data["weight_grams"] or 0

    def save(self, commit: bool = True) -> Variant:
        """Save the changed fields only. The admin corrects the stock."""
        if self.is_new or not commit:
            new: Variant = super().save(commit)
            return new
        changed = [name for name in self.changed_data if name not in ("on_hand", "id", "product")]
        if changed:
            self.instance.save(update_fields=changed)
        existing: Variant = self.instance
        return existing


class MissForm(forms.Form):
    """What a customer looked for and did not find. `q` is the query of their search."""

    q = forms.CharField(required=False, widget=forms.HiddenInput)
    text = LineFormField(
        label=_("What are you looking for?"),
        max_length=MAX_NOTE_LENGTH,
        help_text=_("We do not store who you are, so we cannot reply."),
        widget=forms.TextInput(attrs={"id": "miss-text", "autocomplete": "off"}),
    )

    def clean_q(self) -> str:
        return str(self.cleaned_data["q"])[:MAX_QUERY_LENGTH]

    def clean_text(self) -> str:
        text: str = self.cleaned_data["text"]
        if not words(text):
            raise forms.ValidationError(_("Describe it in a few words."), code="no_words")
        if not recordable_words(text):
            raise forms.ValidationError(
                _("Leave out email addresses and long numbers: this note must not say who wrote it."), code="personal"
            )
        return text

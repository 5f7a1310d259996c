"""Factories for catalogue rows. Products are published and in stock by default."""

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

from django.db.models import Model
from django.utils.text import slugify
from factory.declarations import LazyAttribute, Sequence, SubFactory
from factory.django import DjangoModelFactory

from catalog.models import Attribute, AttributeValue, Category, Product, ProductImage, Variant
from catalog.pictures.services import add_picture
from tests.conftest import picture

Row = TypeVar("Row", bound=Model)


class RowFactory(DjangoModelFactory[Row]):
    """A factory that the type checker knows to return a row."""

    if TYPE_CHECKING:  # factory_boy's metaclass returns the row, which mypy cannot see

        def __new__(cls, **fields: Any) -> Row: ...  # type: ignore[misc]  # not an instance of the factory


class CategoryFactory(RowFactory[Category]):
    """A root category, or a child of `parent`."""

    class Meta:
        model = Category

    name = Sequence(lambda number: f"Category {number}")
    slug = LazyAttribute(lambda category: slugify(category.name))

    @classmethod
    def _create(cls, model_class: type[Category], *args: Any, **kwargs: Any) -> Category:
        parent = kwargs.pop("parent", None)
        if parent is None:
            category: Category = Category.objects.add_root(kwargs)
        else:
            category = Category.objects.add_child(Category.objects.get(pk=parent.pk), kwargs)
        return category


class VariantFactory(RowFactory[Variant]):
    class Meta:
        model = Variant

    product = SubFactory("tests.factories.ProductFactory", price=None)
    sku = Sequence(lambda number: f"SKU-{number:05}")
    price_amount = Decimal("10.00")
    on_hand = 5


class ProductFactory(RowFactory[Product]):
    """A published product with one variant of this `price` and `stock`, or with none if `price` is None.

    `attributes={"colour": "Blue", "material": ["Oak", "Steel"]}` creates missing attributes and values.
    """

    class Meta:
        model = Product

    title = Sequence(lambda number: f"Product {number}")
    slug = LazyAttribute(lambda product: slugify(product.title))
    category = SubFactory(CategoryFactory)
    status = Product.Status.PUBLISHED

    @classmethod
    def _create(cls, model_class: type[Product], *args: Any, **kwargs: Any) -> Product:
        price, regular_price = kwargs.pop("price", "10.00"), kwargs.pop("regular_price", None)
        variant = {"on_hand": kwargs.pop("stock", 5)}
        if "sku" in kwargs:
            variant["sku"] = kwargs.pop("sku")
        attributes = kwargs.pop("attributes", {})
        product = Product.objects.create(**kwargs)
        if price is not None:
            VariantFactory(product=product, price_amount=price, compare_at_amount=regular_price, **variant)
        _add_attributes(product, attributes)
        product.refresh_from_db()
        return product


class ImageFactory(RowFactory[ProductImage]):
    """A checked and stored picture of a product. Each has different bytes unless `data` is given."""

    class Meta:
        model = ProductImage

    product = SubFactory(ProductFactory)
    data = Sequence(lambda number: picture(64 + number // 4096, 48, f"#{number % 4096:03x}", "PNG"))
    alt = "A plain picture"
    position = 0

    @classmethod
    def _create(cls, model_class: type[ProductImage], *args: Any, **kwargs: Any) -> ProductImage:
        return add_picture(**kwargs)


def _add_attributes(product: Product, attributes: Mapping[str, str | list[str]]) -> None:
    for slug, values in attributes.items():
        attribute, _ = Attribute.objects.get_or_create(slug=slug, defaults={"name": slug.title()})
        for value in [values] if isinstance(values, str) else values:
            row, _ = AttributeValue.objects.get_or_create(
                attribute=attribute, value=value, defaults={"slug": slugify(value)}
            )
            product.attribute_values.add(row)

"""Descriptions with structure, and what search engines get."""

import pytest
from django.test import Client

from catalog.models import Product
from tests.factories import ProductFactory

pytestmark = pytest.mark.django_db

HTML = "<h2>Care</h2><p>Wash <b>cold</b>.</p><ul><li>No bleach</li></ul>"


def page(client: Client, product: Product) -> str:
    return client.get(product.get_absolute_url()).content.decode()


def test_page_shows_the_structure_of_a_description(client: Client) -> None:
    html = page(client, ProductFactory(description="Care Wash cold. No bleach", description_html=HTML))
    assert f'<div class="prose">{HTML}</div>' in html
    assert 'name="description" content="Care Wash cold. No bleach"' in html


def test_page_cleans_what_other_code_wrote(client: Client) -> None:
    product = ProductFactory(title="Mug", description="a")
    Product.objects.filter(pk=product.pk).update(description_html="<p onclick=x()>a</p><script>b</script>")
    assert '<div class="prose"><p>a</p></div>' in page(client, product)


def test_plain_descriptions_stay_as_they_are(client: Client) -> None:
    html = page(client, ProductFactory(description="1 < 2\n<b>not bold</b>\n\nNext."))
    assert "<p>1 &lt; 2<br>&lt;b&gt;not bold&lt;/b&gt;</p>" in html


def test_texts_for_search_engines_replace_title_and_description(client: Client) -> None:
    html = page(client, ProductFactory(seo_title="A mug to keep", seo_description="Thrown by hand.", title="Mug"))
    assert "<title>A mug to keep</title>" in " ".join(html.split()).replace("<title> ", "<title>").replace(
        " </t", "</t"
    )
    assert 'name="description" content="Thrown by hand."' in html


def test_search_reads_the_text_and_no_markup() -> None:
    product = ProductFactory(title="Mug", description="No bleach", description_html="<ul><li>No bleach</li></ul>")
    assert "'li'" not in str(Product.objects.get(pk=product.pk).search_vector)


def test_staff_who_change_the_text_replace_the_structure(admin_client: Client) -> None:
    product = ProductFactory(title="Mug", slug="mug", description="Care", description_html="<h2>Care</h2>")
    address = f"/admin/catalog/product/{product.pk}/change/"
    form = admin_client.get(address).context["adminform"].form
    data = {name: form.initial.get(name) or "" for name in form.fields}
    for prefix, count in (("variants", 0), ("images", 0)):
        data |= {f"{prefix}-TOTAL_FORMS": count, f"{prefix}-INITIAL_FORMS": 0}
    data["attribute_values"] = []
    admin_client.post(address, data | {"description": "New text"})
    product.refresh_from_db()
    assert (product.description, product.description_html) == ("New text", "")
    admin_client.post(
        address, data | {"description": "New text", "description_html": "<p onclick=x>Two</p><p>Lines</p>"}
    )
    product.refresh_from_db()
    assert (product.description, product.description_html) == ("Two\n\nLines", "<p>Two</p><p>Lines</p>")

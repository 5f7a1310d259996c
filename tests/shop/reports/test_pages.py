"""Pages and files of the reports: permissions, content and queries."""

import csv
from datetime import date
from decimal import Decimal
from io import StringIO
from itertools import count, islice
from typing import Any

import pytest
from django.test import Client

from catalog.models import Product
from catalog.search_counts import count_text_search
from shop.accounts.models import Customer
from shop.orders.models import TaxRate
from shop.reports.period import Period
from shop.reports.report import Column, Kind
from shop.reports.spreadsheet import csv_response, safe_cell
from shop.reports.tabs import PAGES
from tests.purchases import DECLINED, NOW, article, buy, cart_of, deliver_to
from tests.shop.reports.staff import staff

pytestmark = pytest.mark.django_db
SLUGS = [page.slug for page in PAGES]
DAYS = "since=2026-11-20&until=2026-11-23&by=day"


@pytest.fixture(autouse=True)
def _delivery(db: None) -> None:
    deliver_to("DE", amount="0")


def read(client: Client, address: str) -> list[list[str]]:
    response = client.get(address)
    assert response.status_code == 200
    assert "attachment" in response.headers["Content-Disposition"]
    text = response.getvalue().decode()
    return list(csv.reader(StringIO(text.removeprefix("\ufeff"))))


@pytest.mark.parametrize("slug", SLUGS)
@pytest.mark.parametrize("orders", [1, 6])
def test_a_report_needs_few_queries(slug: str, orders: int, django_assert_max_num_queries: Any) -> None:
    for _ in range(orders):
        buy(cart_of(article()))
        count_text_search(f"mug {orders}", found=False, now=NOW)
    client = staff("management")
    with django_assert_max_num_queries(6):  # four of them load the user and their permissions
        assert client.get(f"/admin/reports/{slug}/?{DAYS}").status_code == 200


def test_the_table_has_the_values_of_the_chart() -> None:
    buy(cart_of(article("12.34")))
    page = staff("management").get(f"/admin/reports/sales/?{DAYS}").content.decode()
    assert page.count("<rect") == 8
    assert 'y="0.000"' in page, "the highest bar reaches the top"
    assert "Nov. 23, 2026: €12.34" in page
    assert page.count("€12.34</td>") == 4, "revenue and average, of the day and in all"


def test_without_sales_there_is_no_chart() -> None:
    page = staff("management").get(f"/admin/reports/articles/?{DAYS}").content.decode()
    assert "No data for this period" in page
    assert "report-chart" not in page


def test_the_default_period_is_thirty_days() -> None:
    response = staff("management").get("/admin/reports/sales/")
    assert len(response.context["report"].rows) == 30
    assert list(Period.last_days(NOW, 2).steps())[-1] == NOW.date()


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("since=2026-11-23&until=2026-11-20", "is before the first"),
        ("since=2001-01-01&until=2026-11-20&by=day", "too many rows"),
        ("since=2001-01-01&until=2199-12-31&by=month", "too many rows"),
        ("since=9999-12-31&until=9999-12-31", "less than or equal"),
        ("since=0001-01-01&until=0001-01-01", "greater than or equal"),
        ("since=yesterday&until=2026-11-20", "valid date"),
        ("since=2026-11-20&until=2026-11-23&by=hour", "valid choice"),
    ],
)
def test_invalid_periods_are_refused(query: str, words: str) -> None:
    response = staff("management").get(f"/admin/reports/sales/?{query}")
    assert response.status_code == 400
    assert words in response.content.decode()


@pytest.mark.parametrize("address", ["sales/", "files/orders.csv", "files/order-lines.csv"])
@pytest.mark.parametrize(("role", "status"), [("management", 200), ("support", 403), ("catalogue", 403)])
def test_reports_require_their_permission(role: str, status: int, address: str) -> None:
    assert staff(role).get(f"/admin/reports/{address}").status_code == status


@pytest.mark.parametrize("slug", ["searches", "words", "unanswered"])
@pytest.mark.parametrize(("role", "status"), [("management", 200), ("support", 403), ("catalogue", 200)])
def test_the_catalogue_role_sees_search_reports(role: str, status: int, slug: str) -> None:
    assert staff(role).get(f"/admin/reports/{slug}/").status_code == status


def test_the_index_opens_the_first_permitted_report() -> None:
    assert staff("catalogue").get("/admin/reports/").headers["Location"] == "/admin/reports/searches/"
    assert staff("support").get("/admin/reports/").status_code == 403


def test_customers_and_guests_are_redirected_to_log_in() -> None:
    mallory = Client()
    mallory.force_login(Customer.objects.create_user("mallory@example.com"))
    for client in (mallory, Client()):
        for address in ("", "sales/", "files/orders.csv"):
            assert client.get(f"/admin/reports/{address}").status_code == 302


def test_the_admin_index_links_to_the_reports() -> None:
    client = staff("management")
    assert 'href="/admin/reports/"' in client.get("/admin/").content.decode()
    assert client.get("/admin/reports/").headers["Location"] == "/admin/reports/sales/"
    assert 'href="/admin/reports/"' not in staff("support").get("/admin/").content.decode()


def test_unknown_reports_are_not_found() -> None:
    client = staff("management")
    assert client.get("/admin/reports/weather/").status_code == 404
    assert client.get("/admin/reports/files/customers.csv").status_code == 404


def test_reports_download_as_csv() -> None:
    buy(cart_of(article("12.30", sku="=1+1")))
    rows = read(staff("management"), f"/admin/reports/articles/?{DAYS}&format=csv")
    assert rows[0] == ["sku", "article", "pieces", "revenue"]
    assert (rows[1][0], rows[1][2:]) == ("'=1+1", ["1", "12.30"])


def test_amounts_in_csv_are_rounded() -> None:
    for price in ("10.00", "10.00", "10.01"):
        buy(cart_of(article(price)))
    header, *rows = read(staff("management"), f"/admin/reports/sales/?{DAYS}&format=csv")
    assert header == ["day", "orders", "pieces", "revenue", "average_order", "tax"]
    assert rows[0] == ["2026-11-20", "0", "0", "0.00", "", "0.00"]
    assert rows[-2:] == [[day, "3", "3", "30.01", "10.00", "4.80"] for day in ("2026-11-23", "Total")]


def test_orders_and_order_lines_download_as_csv() -> None:
    mug = article("12.30", sku="-MUG")
    Product.objects.filter(pk=mug.product_id).update(title='@SUM(A1), "twice"')
    TaxRate.objects.filter(country="DE").update(percent=20)
    paid, unpaid = buy(cart_of(mug, quantity=2)), buy(cart_of(mug), card=DECLINED)
    client = staff("management")
    header, *rows = read(client, f"/admin/reports/files/orders.csv?{DAYS}")
    orders = [dict(zip(header, row, strict=True)) for row in rows]
    assert [order["order"] for order in orders] == [paid.number, unpaid.number]
    wanted = {"state": "paid", "email": "alice@example.com", "country": "DE", "total": "24.60", "refunded": "0.00"}
    assert wanted.items() <= orders[0].items()
    assert orders[0]["tax_by_rate"] == f"20:{orders[0]['tax']}" != "20:0.00"
    assert (orders[0]["payment"], orders[1]["payment"]) == ("test:captured", "test:failed")
    header, *rows = read(client, f"/admin/reports/files/order-lines.csv?{DAYS}")
    lines = [dict(zip(header, row, strict=True)) for row in rows]
    assert [(line["quantity"], line["tax"], line["tax_percent"]) for line in lines] == [
        ("2", "4.10", "20"), ("1", "2.05", "20")
    ]  # fmt: skip
    assert (lines[0]["sku"], lines[0]["article"]) == ("'-MUG", '\'@SUM(A1), "twice"')
    assert len(read(client, "/admin/reports/files/orders.csv?since=2026-11-24&until=2026-11-24")) == 1


def test_exports_of_many_orders_need_few_queries(django_assert_max_num_queries: Any) -> None:
    for _ in range(6):
        buy(cart_of(article()))
    client = staff("management")
    with django_assert_max_num_queries(8):
        assert len(read(client, f"/admin/reports/files/orders.csv?{DAYS}")) == 7


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1"])
def test_formulas_are_disarmed(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize(("value", "text"), [(-1, "-1"), ("Mug - blue", "Mug - blue"), (None, ""), ("", "")])
def test_other_cells_are_unchanged(value: Any, text: str) -> None:
    assert safe_cell(value) == text


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        (Kind.SHARE, 2 / 3, "66.7%"), (Kind.SHARE, Decimal("0.14286"), "14.3%"), (Kind.NUMBER, 12345, "12,345"),
        (Kind.DAY, date(2026, 5, 4), "May 4, 2026"), (Kind.MONTH, date(2026, 5, 1), "May 2026"),
        (Kind.AMOUNT, Decimal("9.995"), "€10.00"), (Kind.AMOUNT, None, "–"),
    ],
)  # fmt: skip
def test_cells_are_formatted_for_the_page(kind: Kind, value: Any, text: str) -> None:
    assert Column("any", "Any", kind).show(value) == text


def test_csv_files_are_streamed() -> None:
    lines = csv_response("all", ["number"], ([number] for number in count()))
    assert list(islice(lines, 3)) == [b"\xef\xbb\xbfnumber\r\n", b"0\r\n", b"1\r\n"]

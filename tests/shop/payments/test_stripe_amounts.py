"""Conversion to Stripe's minor units and back, compared with its published lists."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.money import quantum
from shop.payments.gateways.stripe_amounts import AmountInexpressibleError, from_minor, step, to_minor

# From docs.stripe.com/currencies: all chargeable currencies, and those without two decimals.
ACCEPTED = """
    USD AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BWP BYN BZD CAD CDF CHF CLP CNY
    COP CRC CVE CZK DJF DKK DOP DZD EGP ETB EUR FJD FKP GBP GEL GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR ISK JMD
    JOD JPY KES KGS KHR KMF KRW KWD KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MUR MVR MWK MXN MYR MZN NAD
    NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SEK SGD SHP SLE SOS SRD STD SZL
    THB TJS TND TOP TRY TTD TWD TZS UAH UGX UYU UZS VND VUV WST XAF XCD XOF XPF YER ZAR ZMW
""".split()  # noqa: SIM905 -- as it is published
WITHOUT_DECIMALS = "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF".split()  # noqa: SIM905
THREE_DECIMALS = "BHD JOD KWD OMR TND".split()  # noqa: SIM905
WHOLE = ["ISK", "UGX"]
UNITS = {
    **dict.fromkeys(ACCEPTED, 100), **dict.fromkeys(WITHOUT_DECIMALS, 1), **dict.fromkeys(THREE_DECIMALS, 1000),
}  # fmt: skip


@pytest.mark.parametrize("currency", ACCEPTED)
def test_every_currency_uses_the_units_that_stripe_publishes(currency: str) -> None:
    assert to_minor(Decimal(5200), currency) == 5200 * UNITS[currency]
    assert from_minor(5200 * UNITS[currency], currency) == Decimal(5200)


@pytest.mark.parametrize("currency", ACCEPTED)
def test_every_amount_of_the_shop_is_expressible(currency: str) -> None:
    assert to_minor(quantum(currency), currency) > 0


@given(st.sampled_from(ACCEPTED), st.integers(0, 10**9))
def test_minor_units_round_trip(currency: str, minor: int) -> None:
    amount = minor * step(currency)
    units = to_minor(amount, currency)
    assert from_minor(units, currency) == amount
    assert currency not in THREE_DECIMALS or units % 10 == 0
    assert currency not in WHOLE or units % 100 == 0


@pytest.mark.parametrize(
    ("amount", "currency"),
    [("1.125", "KWD"), ("0.005", "TND"), ("1200.50", "JPY"), ("12.50", "ISK"), ("0.50", "UGX"), ("1.999", "EUR")],
)
def test_an_inexpressible_amount_is_refused_not_rounded(amount: str, currency: str) -> None:
    with pytest.raises(AmountInexpressibleError):
        to_minor(Decimal(amount), currency)

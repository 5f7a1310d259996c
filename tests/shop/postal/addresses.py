"""Addresses that every form and API call accepts or refuses alike: place, field, part of the error."""

BASE = {"name": "Alice Example", "line1": "1 Long Street"}
REFUSED: list[tuple[dict[str, str], str, str]] = [
    ({"country": "DE", "city": "Berlin", "postal_code": ""}, "postal_code", "needs a postal code"),
    ({"country": "DE", "city": "Berlin", "postal_code": "1011"}, "postal_code", "looks like 26133"),
    ({"country": "DE", "city": "Berlin", "postal_code": "SW1A 1AA"}, "postal_code", "looks like 26133"),
    ({"country": "DE", "city": "", "postal_code": "10115"}, "city", "needs a city"),
    ({"country": "DE", "city": "\u200b \u2060", "postal_code": "10115"}, "city", "needs a city"),
    ({"country": "GB", "city": "London", "postal_code": "10115"}, "postal_code", "looks like"),
    ({"country": "US", "city": "Boston", "postal_code": "02108", "region": ""}, "region", "needs a state or region"),
    ({"country": "US", "city": "Boston", "postal_code": "02108", "region": "Atlantis"}, "region",
     "no such state"),
    ({"country": "US", "city": "Boston", "postal_code": "02108", "region": "California"}, "postal_code",
     "belongs to another state"),
    ({"country": "HK", "city": "", "region": ""}, "region", "needs a state or region"),
    ({"country": "SG", "postal_code": "", "city": "Singapore"}, "postal_code", "needs a postal code"),
]  # fmt: skip
ACCEPTED: list[tuple[dict[str, str], str]] = [
    ({"country": "DE", "city": "Berlin", "postal_code": "10115"}, "10115"),
    ({"country": "DE", "city": "Berlin", "postal_code": " １０１１５ "}, "10115"),
    ({"country": "GB", "city": "London", "postal_code": "sw1a  1aa"}, "SW1A 1AA"),
    ({"country": "NL", "city": "Amsterdam", "postal_code": "1012ab"}, "1012AB"),
    ({"country": "US", "city": "Boston", "postal_code": "02108-1234", "region": "massachusetts"}, "02108-1234"),
    ({"country": "CN", "city": "Haidian", "postal_code": "100000", "region": "Beijing"}, "100000"),
    ({"country": "HK", "city": "", "postal_code": "000000", "region": "Kowloon"}, ""),
    ({"country": "SG", "city": "", "postal_code": "018956"}, "018956"),
    ({"country": "IE", "city": "Galway", "postal_code": ""}, ""),
    ({"country": "PA", "city": "Panamá", "postal_code": "none"}, ""),
]  # fmt: skip

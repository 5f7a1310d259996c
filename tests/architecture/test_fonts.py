"""Invoice fonts match their README and cover the characters listed in coverage.json."""

import hashlib
import re

from fontTools.ttLib import TTFont

from shop.orders.typesetting import FONTS, _coverage, _has

ROW = re.compile(r"^\| `([^`]+)` \| Version [\d.]+.* \| `([0-9a-f]{64})` \|$", re.MULTILINE)
MAX_BYTES = 16_000_000
STANDARDS = ("gb2312", "shift_jis", "euc_kr", "big5")


def test_the_readme_lists_each_font_with_its_hash() -> None:
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in FONTS.glob("*.[ot]tf")}
    assert found == dict(ROW.findall((FONTS / "README.md").read_text()))
    assert "SIL OPEN FONT LICENSE Version 1.1" in (FONTS / "OFL.txt").read_text()


def test_the_fonts_are_small() -> None:
    assert sum(path.stat().st_size for path in FONTS.iterdir()) < MAX_BYTES


def test_coverage_matches_the_fonts() -> None:
    assert set(_coverage()) == {path.name for path in FONTS.glob("*.[ot]tf")}
    for name in _coverage():
        with TTFont(FONTS / name, lazy=True) as font:
            has = set(font.getBestCmap())
        wanted = has | {code + step for code in has for step in (-1, 1)}
        assert {code for code in wanted if _has(name, code)} == has


def test_the_fonts_cover_the_east_asian_standards() -> None:
    fonts = list(_coverage())
    for standard in STANDARDS:
        characters = set[str]()
        for first in range(0x81, 0xFF):
            for second in range(0x40, 0xFF):
                try:
                    characters.update(bytes([first, second]).decode(standard))
                except UnicodeDecodeError:
                    continue
        letters = [each for each in characters if ord(each) >= 0x2E80 and not 0xE000 <= ord(each) < 0xF900]
        assert len(letters) > 4000
        assert not [each for each in letters if not any(_has(font, ord(each)) for font in fonts)]

"""Make the fonts of the invoice: subsets of Noto that cover the writing systems in use, small enough for a clone.

    python shop/orders/fonts/make.py NOTO CJK EMOJI

NOTO is the folder of the .ttf files of Debian's fonts-noto-core, CJK the NotoSansCJK-Regular.ttc of fonts-noto-cjk,
and EMOJI the noto-emoji-emoji-400-normal.woff2 of npm's @fontsource/noto-emoji. It writes the fonts here, with
coverage.json (the characters of each, in order of preference) and the table of README.md.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterable
from pathlib import Path

from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont, newTable

HERE = Path(__file__).parent
# In order of preference. Historic scripts are left out.
SCRIPTS = [
    "Arabic", "Hebrew", "Devanagari", "Bengali", "Gurmukhi", "Gujarati", "Oriya", "Tamil", "Telugu", "Kannada",
    "Malayalam", "Sinhala", "Thai", "Lao", "Khmer", "Myanmar", "Georgian", "Armenian", "Ethiopic", "Thaana", "Syriac",
    "NKo", "Mongolian", "Cherokee", "CanadianAboriginal", "Tifinagh", "Adlam", "Yi", "OlChiki", "Javanese",
    "Balinese", "Sundanese", "TaiTham", "TaiLe", "NewTaiLue", "Cham", "MeeteiMayek", "Chakma", "Lisu", "Vai", "Osage",
    "HanifiRohingya",
]  # fmt: skip
SYMBOLS = [
    *range(0x2010, 0x2070), *range(0x2100, 0x2400), *range(0x2460, 0x2800), *range(0x2900, 0x2C00),
    *range(0x1F100, 0x1F200), 0xFFFD,
]  # fmt: skip
MAX_ERROR = 2  # of an outline, in thousandths of the font size
MAXP = [
    "maxTwilightPoints", "maxStorage", "maxFunctionDefs", "maxInstructionDefs", "maxStackElements",
    "maxSizeOfInstructions", "maxComponentElements", "maxPoints", "maxContours", "maxCompositePoints",
    "maxCompositeContours", "maxComponentDepth",
]  # fmt: skip
# Every character of the national standards of East Asia.
STANDARDS = ("gb2312", "shift_jis", "euc_kr", "big5")
EAST_ASIAN = [*range(0x3000, 0x3040), *range(0x3040, 0x3130), *range(0x3200, 0x3400), *range(0xFF00, 0xFFF0)]


def main(noto: Path, cjk: Path, emoji: Path) -> None:
    """Write every font and its coverage."""
    coverage, rows = {}, []
    sources: list[tuple[str, Path, list[int] | None]]
    sources = [("NotoSans", noto / "NotoSans-Regular.ttf", None), ("NotoSans-Bold", noto / "NotoSans-Bold.ttf", None)]
    sources += [(f"NotoSans{each}", noto / f"NotoSans{each}-Regular.ttf", None) for each in SCRIPTS]
    sources += [("NotoSerifTibetan", noto / "NotoSerifTibetan-Regular.ttf", None)]
    sources += [("NotoSansCJK", cjk, east_asian()), ("NotoEmoji", emoji, None)]
    sources += [
        (f"NotoSans{each}", noto / f"NotoSans{each}-Regular.ttf", SYMBOLS) for each in ("Symbols", "Symbols2", "Math")
    ]
    for name, source, code_points in sources:
        font = TTFont(source, fontNumber=0)
        version = font["name"].getDebugName(5).split(";")[0]
        file = subset(font, name, code_points)
        written = TTFont(file)
        coverage[file.name] = spans(written.getBestCmap())
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        rows.append(f"| `{file.name}` | {version} | {source.name} | `{digest}` |")
    (HERE / "coverage.json").write_text(json.dumps(coverage, separators=(",", ":")) + "\n")
    readme = (HERE / "README.md").read_text().partition("| file |")[0]
    (HERE / "README.md").write_text(
        readme + "\n".join(["| file | version | made of | SHA-256 |", "|---|---|---|---|", *rows]) + "\n"
    )


def subset(font: TTFont, name: str, code_points: Iterable[int] | None) -> Path:
    """Write the font with these characters (None: all), without hints, and return its file."""
    options = Options()
    options.hinting, options.notdef_outline, options.glyph_names = False, True, False
    options.drop_tables += ["BASE", "DSIG", "STAT", "vhea", "vmtx", "VORG"]
    options.layout_features = (
        ["*"] if code_points is None else ["ccmp", "locl", "kern", "mark", "ljmo", "vjmo", "tjmo"]
    )
    if "CFF " in font:
        # Japanese forms, and Chinese ones that differ.
        options.layout_scripts = ["DFLT.dflt", "hani.dflt", "hani.ZHS ", "kana.dflt", "hang.dflt"]
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=font.getBestCmap() if code_points is None else code_points)
    subsetter.subset(font)
    if "CFF " in font:
        make_quadratic(font)
    font.flavor = None
    file = HERE / f"{name}.ttf"
    font.save(file)
    return file


def make_quadratic(font: TTFont) -> None:
    """Convert cubic outlines to quadratic ones. Some programs cannot extract text from a PDF with cubic ones."""
    order, shapes = font.getGlyphOrder(), font.getGlyphSet()
    glyphs, table = {}, newTable("glyf")
    for name in order:
        pen = TTGlyphPen(shapes)
        shapes[name].draw(Cu2QuPen(pen, MAX_ERROR, reverse_direction=True))
        glyphs[name] = pen.glyph()
        glyphs[name].recalcBounds(table)
        font["hmtx"][name] = (font["hmtx"][name][0], getattr(glyphs[name], "xMin", 0))
    table.glyphOrder, table.glyphs = order, glyphs
    font["glyf"], font["loca"] = table, newTable("loca")
    del font["CFF "]
    font.sfntVersion, font["post"].formatType, font["maxp"].tableVersion = "\0\1\0\0", 3.0, 0x00010000
    for field in MAXP:
        setattr(font["maxp"], field, 0)
    font["maxp"].maxZones = 1


def east_asian() -> list[int]:
    """Return the characters of the national standards, with kana, symbols and full- and half-width forms."""
    code_points = set(EAST_ASIAN)
    for code in range(0x80, 0x10000):
        code_points.update(range(0xAC00, 0xD7A4) if code == 0x80 else [])
        for standard in STANDARDS:
            raw = bytes([code]) if code < 0x100 else code.to_bytes(2, "big")
            try:
                code_points.update(ord(each) for each in raw.decode(standard))
            except UnicodeDecodeError:
                continue
    return sorted(each for each in code_points if each >= 0x2E80)


def spans(characters: Iterable[int]) -> list[int]:
    """Return the first and last code point of each contiguous range."""
    ends: list[int] = []
    for each in sorted(characters):
        if ends and each == ends[-1] + 1:
            ends[-1] = each
        else:
            ends += [each, each]
    return ends


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))

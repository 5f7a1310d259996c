"""Lay out the pictures of a folder on numbered contact sheets.

python -m demo.render.contact_sheet demo/images var/sheets [--columns 8] [--cell 190]
"""

import argparse
from pathlib import Path

from PIL import Image, ImageDraw


def make_sheet(pictures: list[Path], columns: int, cell: int) -> Image.Image:
    rows = -(-len(pictures) // columns)
    sheet = Image.new("RGB", (columns * cell, rows * (cell + 14)), "white")
    draw = ImageDraw.Draw(sheet)
    for i, path in enumerate(pictures):
        x, y = i % columns * cell, i // columns * (cell + 14)
        with Image.open(path) as picture:
            picture.thumbnail((cell - 2, cell - 2))
            sheet.paste(picture, (x, y))
        draw.text((x + 2, y + cell), path.stem[: cell // 6], fill="black")
    return sheet


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--columns", type=int, default=8)
    parser.add_argument("--rows", type=int, default=5)
    parser.add_argument("--cell", type=int, default=190)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    pictures = sorted(p for p in options.folder.iterdir() if p.suffix in (".jpg", ".png"))
    per_sheet = options.columns * options.rows
    for start in range(0, len(pictures), per_sheet):
        sheet = make_sheet(pictures[start : start + per_sheet], options.columns, options.cell)
        sheet.save(options.out / f"sheet-{start // per_sheet + 1}.png")


if __name__ == "__main__":
    main()

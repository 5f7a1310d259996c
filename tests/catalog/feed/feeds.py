"""Example feeds."""

from pathlib import Path

HEADER = (
    "product,title,brand,category,description,status,publish_at,sku,price,compare_at_price,stock,images,image_alts,"
    "attribute:colour,option:size"
)
MUG = "mug,Mug,Björk,Kitchen > Mugs,For coffee.,published,,M-S,10.00,12.50,5,,,Blue|Sea green,small"
LARGE = "mug,,,,,,,M-L,12.00,,3,,,,large"
CUP = "cup,Cup,,Kitchen > Mugs,,draft,,C-1,8,,,,,Red,"


def long_feed(file: Path, number: int) -> None:
    """Write a feed of products with one variant each, in 42 categories."""
    with file.open("w") as opened:
        opened.write(HEADER + "\n")
        for index in range(number):
            opened.write(
                f"thing-{index},Thing {index % 977} of wood,Brand {index % 50},Top {index % 7} > Below {index % 5},"
                f'"Handmade, number {index}, to last for a long time in a kitchen or a garden.",published,,'
                f"T-{index},{index % 200}.50,,{index % 9},,,Colour {index % 12},size {index % 3}\n"
            )

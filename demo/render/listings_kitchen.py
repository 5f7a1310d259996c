"""What the shop says about everything for the kitchen."""

from demo.render.listing import Listing, one, sizes

MUGS, BOWLS, TEAPOTS = "Kitchen > Mugs", "Kitchen > Bowls", "Kitchen > Teapots"
BOTTLES, TRAYS = "Kitchen > Bottles", "Kitchen > Trays"
POTTERY, TABLE, GLASS, WOOD = "Tidemark Pottery", "Fennimore", "Casa Orto", "Ashdown Joinery"

LISTINGS_KITCHEN: list[Listing] = [
    Listing("halden-mug-blue", "Halden Mug, Blue", POTTERY, MUGS, "blue", "stoneware", "speckled",
            "Blue speckled stoneware mug with an ear handle and a bare clay foot",
            "A generous everyday mug thrown in speckled stoneware, with a handle that takes three fingers. The foot is left"
            " unglazed so that the warm clay shows. Dishwasher and microwave safe.",
            sizes("MUG-HALDEN-BLU", ("300 ml", "S", "22.00", 18), ("420 ml", "L", "26.00", 7))),
    Listing("halden-mug-oatmeal", "Halden Mug, Oatmeal", POTTERY, MUGS, "beige", "stoneware", "speckled",
            "Oatmeal speckled stoneware mug with an ear handle and a bare clay foot",
            "Our best-selling shape in a pale oatmeal glaze, freckled with iron from the clay beneath. Cream inside, bare clay"
            " below, and a comfortable rounded handle.",
            sizes("MUG-HALDEN-OAT", ("300 ml", "S", "22.00", 24), ("420 ml", "L", "26.00", 2))),
    Listing("halden-mug-moss", "Halden Mug, Moss", POTTERY, MUGS, "green", "stoneware", "speckled",
            "Moss green speckled stoneware mug with an ear handle and a bare clay foot",
            "The Halden in a deep woodland green. Each one is dipped by hand, so the line of bare clay at the foot is never"
            " quite the same twice.",
            sizes("MUG-HALDEN-MOS", ("300 ml", "S", "22.00", 0), ("420 ml", "L", "26.00", 5))),
    Listing("brisk-mug-red-stripe", "Brisk Mug, Red Stripe", TABLE, MUGS, "red", "porcelain", "striped",
            "White porcelain mug with broad red bands and a square handle",
            "Straight sides, a square handle and broad hand-painted bands: a mug with its sleeves rolled up. Fine porcelain"
            " keeps it light in the hand.",
            one("MUG-BRISK-RED", "18.50", 31, "21.00")),
    Listing("brisk-mug-navy-stripe", "Brisk Mug, Navy Stripe", TABLE, MUGS, "navy", "porcelain", "striped",
            "White porcelain mug with broad navy bands and a square handle",
            "The sailor's version of our straight-sided mug, banded in navy on bright white. Stacks neatly and survives the"
            " dishwasher for years.",
            one("MUG-BRISK-NVY", "18.50", 12)),
    Listing("tarn-tumbler-charcoal", "Tarn Tumbler, Charcoal and Blush", POTTERY, MUGS, "charcoal", "stoneware", "two-tone",
            "Handleless cup, matt charcoal above and blush below",
            "A handleless cup for short coffees, dipped in matt charcoal over a blush body. The taper sits naturally between"
            " the fingers.",
            one("MUG-TARN-CHA", "19.00", 9)),
    Listing("fen-mug-speckled", "Fen Mug", POTTERY, MUGS, "white", "stoneware", "speckled",
            "Round-bellied white mug with blue specks, a ring handle and a raised clay foot",
            "Round in the belly and raised on a little clay foot, the Fen keeps cocoa warm to the last sip. White glaze with"
            " blue-black specks.",
            one("MUG-FEN-WHT", "24.00", 3)),
    Listing("larch-mug-enamel", "Larch Enamel Mug", "Norrvik", MUGS, "white", "enamel", "plain",
            "White enamel mug with a thin navy rim",
            "A light enamelled steel mug with a navy rim, made for campfires and happy at the kitchen table. It will chip one"
            " day, and look the better for it.",
            one("MUG-LARCH-WHT", "14.00", 46)),
    Listing("sora-bowl-cobalt", "Sora Bowl, Cobalt", TABLE, BOWLS, "blue", "porcelain", "striped",
            "White bowl with cobalt bands around the outside",
            "Painted on the wheel with a loaded brush, so each cobalt band is a touch uneven. The right size for porridge,"
            " noodles or a salad for one.",
            sizes("BWL-SORA-COB", ("16 cm", "S", "21.00", 14), ("22 cm", "L", "34.00", 6))),
    Listing("sora-bowl-coral", "Sora Bowl, Coral", TABLE, BOWLS, "pink", "porcelain", "striped",
            "White bowl with coral bands around the outside",
            "The Sora in a sunny coral. Mix it with the cobalt for a cheerful table; the shapes nest perfectly.",
            sizes("BWL-SORA-COR", ("16 cm", "S", "21.00", 1), ("22 cm", "L", "34.00", 8))),
    Listing("dune-pasta-bowl", "Dune Pasta Bowl", POTTERY, BOWLS, "beige", "stoneware", "speckled",
            "Wide shallow sand-coloured stoneware bowl",
            "Wide and shallow, with a low rim to chase the sauce against. Sand-coloured stoneware, flecked all over.",
            one("BWL-DUNE-SND", "27.00", 16)),
    Listing("orchard-fruit-bowl", "Orchard Fruit Bowl", POTTERY, BOWLS, "green", "stoneware", "plain",
            "Large sage green bowl on a tall foot",
            "A footed centrepiece in glossy sage that makes even three lemons look like a still life. Thrown in two parts and"
            " joined by hand.",
            one("BWL-ORCH-SAG", "58.00", 4, "68.00")),
    Listing("alder-salad-bowl", "Alder Salad Bowl", WOOD, BOWLS, "brown", "walnut", "plain",
            "Straight-sided walnut salad bowl",
            "Turned from a single piece of walnut and finished with food-safe oil. Wipe clean, oil now and then, hand on to"
            " your children.",
            sizes("BWL-ALDER-WAL", ("26 cm", "M", "64.00", 5), ("32 cm", "L", "86.00", 2))),
    Listing("petal-bowl-celadon", "Petal Bowl, Celadon", TABLE, BOWLS, "turquoise", "porcelain", "fluted",
            "Pale blue-green bowl with a fluted, petal-like edge",
            "Eighteen pressed flutes open like a flower towards the rim. The pale celadon glaze pools in the folds and thins"
            " at the edges.",
            one("BWL-PETAL-CEL", "29.00", 11)),
    Listing("harbour-teapot-teal", "Harbour Teapot, Teal", POTTERY, TEAPOTS, "teal", "ceramic", "plain",
            "Round glossy teal teapot with a ball knob",
            "A round-bellied pot that pours without a drip, glazed in deep teal. Holds four cups and comes with a removable"
            " strainer.",
            one("TEA-HARB-TEA", "52.00", 8)),
    Listing("harbour-teapot-mustard", "Harbour Teapot, Mustard", POTTERY, TEAPOTS, "yellow", "ceramic", "plain",
            "Round glossy mustard yellow teapot with a ball knob",
            "The four-cup Harbour in a warm mustard glaze. Good company on a grey morning.",
            one("TEA-HARB-MUS", "52.00", 0)),
    Listing("pepper-teapot-dotted", "Pepper Coffee Pot", TABLE, TEAPOTS, "red", "ceramic", "dotted",
            "Tall red pot with white dots, a white square handle and a pointed knob",
            "Tall, red and covered in dots, with a pointed knob like a party hat. Made for coffee, happy with cocoa.",
            one("TEA-PEPP-RED", "48.00", 6, "56.00")),
    Listing("kiso-teapot-iron", "Kiso Iron Teapot", "Brasswell", TEAPOTS, "black", "cast iron", "fluted",
            "Low black cast-iron teapot with an overhead handle and a brass knob",
            "Cast iron holds its heat through a whole conversation. A low ribbed body, a high handle that stays cool, and a"
            " small brass knob.",
            one("TEA-KISO-BLK", "74.00", 3)),
    Listing("coast-bottle-aqua", "Coast Bottle, Sea Green", GLASS, BOTTLES, "turquoise", "glass", "plain",
            "Round-bellied sea-green glass bottle with a cork",
            "A squat bottle in sea-green glass, closed with a natural cork. Keep oil in it, or a single branch.",
            one("BOT-COAST-SEA", "23.00", 17)),
    Listing("coast-bottle-amber", "Coast Bottle, Amber", GLASS, BOTTLES, "amber", "glass", "plain",
            "Round-bellied amber glass bottle with a cork",
            "The same squat bottle in amber, which keeps the light off oils and vinegars. Natural cork stopper.",
            one("BOT-COAST-AMB", "23.00", 2)),
    Listing("clara-carafe", "Clara Carafe", GLASS, BOTTLES, "clear", "glass", "plain",
            "Clear glass carafe with a narrow waist and a flared mouth",
            "A waisted carafe in clear glass, easy to hold and easy to pour. Holds one litre to the collar.",
            sizes("BOT-CLARA-CLR", ("0.5 l", "S", "19.00", 20), ("1 l", "L", "26.00", 13))),
    Listing("grove-decanter-green", "Grove Decanter", GLASS, BOTTLES, "green", "glass", "plain",
            "Tall bottle-green glass decanter with a ball stopper",
            "Tall and straight-shouldered in bottle green, with a round glass stopper. A handsome way to bring water to the"
            " table.",
            one("BOT-GROVE-GRN", "38.00", 7)),
    Listing("dairy-bottle-blue", "Dairy Bottle", POTTERY, BOTTLES, "light blue", "stoneware", "speckled",
            "Pale blue speckled stoneware milk bottle",
            "The milk bottle of old in pale blue stoneware. Keeps milk cold at breakfast and flowers upright after.",
            one("BOT-DAIRY-BLU", "28.00", 10)),
    Listing("sol-tray-brass", "Sol Tray", "Brasswell", TRAYS, "gold", "brass", "plain",
            "Round brushed brass tray with a low rim",
            "A round tray spun from solid brass and left unlacquered, so it mellows with use. Perfect under candles or"
            " cocktails.",
            sizes("TRY-SOL-BRA", ("30 cm", "S", "46.00", 6), ("38 cm", "L", "62.00", 3))),
    Listing("pebble-tray-terrazzo", "Pebble Tray", TABLE, TRAYS, "pink", "terrazzo", "speckled",
            "Round blush terrazzo tray with teal and dark chips",
            "Chips of teal and slate set in blush terrazzo, polished smooth. Heavy enough to stay where you put it.",
            one("TRY-PEBB-BLS", "42.00", 9)),
    Listing("fjord-tray-walnut", "Fjord Serving Tray", WOOD, TRAYS, "brown", "walnut", "plain",
            "Rectangular walnut tray with two brass handles",
            "Breakfast for two fits on this walnut tray, with arched brass handles for the walk upstairs. Jointed corners,"
            " oiled finish.",
            one("TRY-FJORD-WAL", "79.00", 5, "95.00")),
    Listing("baker-board-oak", "Baker's Board", WOOD, TRAYS, "light brown", "oak", "plain",
            "Oak serving board with a handle and a leather loop",
            "A thick oak board with a handle to carry it to the table and a leather loop to hang it by. For bread, cheese and"
            " cutting corners.",
            one("TRY-BAKER-OAK", "36.00", 22)),
]

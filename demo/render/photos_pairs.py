"""Customer photos with two products of the shop in view."""

from demo.render.photo import Photo
from demo.render.photo_table import pair

PHOTOS_PAIRS: list[Photo] = [
    pair("harbour-teapot-mustard", "halden-mug-moss", "garden table", "noon", "papers"),
    pair("perch-stool-oak", "silo-planter-charcoal", "corner", "soft", beside={"gap": 0.9}),
    pair("ribe-vase-white", "coast-bottle-amber", "window sill", "backlight", beside={"gap": 0.7}),
    pair("flax-cushion-rust", "picnic-cushion-gingham", "sofa", "lamp and daylight", beside={"turn": -14.0}),
    pair("vesper-candlestick-brass", "sunna-vase-ochre", "mantelpiece", "dusk", beside={"side": -1, "gap": 1.0}),
    pair("clara-carafe", "sora-bowl-coral", "dining table", "window", "spoon", beside={"gap": 0.8}),
    pair("rooster-alarm-clock-mint", "plinth-lamp-concrete", "bedside", "late", "glasses"),
    pair("milliner-hat-box", "market-basket-natural", "rug", "right", "yarn", beside={"gap": 0.6}),
    pair("pantry-tin-green", "brisk-mug-navy-stripe", "worktop", "tubes", "spoon", "packet"),
    pair("cotta-pot-classic", "pagoda-garden-stool", "patio", "noon", beside={"gap": 0.8, "turn": 0.0}),
    pair("halden-mug-oatmeal", "fen-mug-speckled", "café table", "soft", "phone", beside={"turn": -60.0, "gap": 0.8}),
    pair("kvadrat-clock-oak", "wren-bud-vase-sage", "bookcase", "lamp and daylight", beside={"gap": 0.4}),
    pair("harbour-lantern-black", "garden-trug-hoop", "doorstep", "overcast", beside={"gap": 0.7}),
    pair("dune-pasta-bowl", "dairy-bottle-blue", "lawn", "shade", tone="blanket", beside={"gap": 0.6}),
]

"""The groups of the API's description. The settings read them, so this module imports nothing."""

# Groups by the paths of their calls; the first that matches counts.
GROUPS = {
    "Moderation": r"moderation/",
    "Visual search": r"/similar/|/goes-with/|/substitutes/|search/photo/|search/pictured/|recommendations/",
    "Reviews and wishlist": r"/reviews?/|wishlist/",
    "Search": r"search/",
    "Cart and checkout": r"cart/|checkout/",
    "Orders": r"orders/",
    "Catalogue": r"products/|categories/",
}
DESCRIPTIONS = {
    "Catalogue": "Products and categories. Lists have filters, facets, and pages by number or cursor.",
    "Search": "Search by words, and suggestions for a search box.",
    "Visual search": "Search by photo, products that look alike, and recommendations.",
    "Cart and checkout": "A guest's or customer's cart, and its order.",
    "Orders": "Orders and their returns.",
    "Reviews and wishlist": "Reviews of products, and what a customer wishes for.",
    "Moderation": "Verdicts on pictures, for staff.",
}
TAGS = [{"name": name, "description": text} for name, text in DESCRIPTIONS.items()]

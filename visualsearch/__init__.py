"""Visual search: find products by photo."""

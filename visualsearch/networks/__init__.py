"""Neural networks of the shop: their files, which of them are live, and how one replaces another."""

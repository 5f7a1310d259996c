"""Programs that use the shop from outside. They import nothing of it."""

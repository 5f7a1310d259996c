"""The map of the house, as tests."""

"""Architecture rules as tests."""

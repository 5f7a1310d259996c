"""Tokenizing, indexing and finding products."""

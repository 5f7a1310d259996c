"""The shop's neural networks: files, loading, comparison and activation."""

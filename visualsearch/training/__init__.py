"""Train networks. Imports no Django."""

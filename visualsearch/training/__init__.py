"""How the network learns and how it is measured. As free of Django as `visualsearch.embedding`."""

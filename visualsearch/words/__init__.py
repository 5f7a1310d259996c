"""Words that see: which pictures a word of the shop stands for, learnt from the shop's own products."""

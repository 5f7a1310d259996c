"""Find the things in a photo, so that each can be searched for on its own."""

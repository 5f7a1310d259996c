"""What a picture shows, in everyday words: an umbrella, a pair of shoes, milk."""

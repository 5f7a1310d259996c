"""The log-in that `manage.py up` creates and prints while DEBUG is on."""

STAFF, PASSWORD = "admin@example.com", "semblance-demo"

"""Pictures in, unit vectors out. This package knows no Django, no database and no settings."""

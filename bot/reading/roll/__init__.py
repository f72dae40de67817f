"""The roll and its consent, read from an export, and how it differs from what is on record."""

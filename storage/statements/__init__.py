"""How statements are put together and run, for whatever table."""

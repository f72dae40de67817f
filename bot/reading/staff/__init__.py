"""The staff list, read from a table, and whether a row is about the colleague whose address it has."""

"""Terms, INSET days and closures, read from a table or a calendar."""

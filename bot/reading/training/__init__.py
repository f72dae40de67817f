"""Past training, read from a table, and judged by who works here and what the school trains."""

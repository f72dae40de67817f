"""What the school keeps: tables and queries, one module per feature."""

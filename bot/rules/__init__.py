"""What is allowed: pure rules, one module per feature."""

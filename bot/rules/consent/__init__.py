"""What parents have decided, and what may be shown of it. Policy §4."""

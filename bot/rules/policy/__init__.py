"""The policy's own text: its clauses, finding them, what changed, and its review. Policy §10."""

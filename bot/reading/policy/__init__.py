"""The school's policy, read from Word, PDF or text into sections and clauses."""

"""What it costs, as ratios to floors measured in the same run: `python -m tests.bench`. Measures; never a test."""

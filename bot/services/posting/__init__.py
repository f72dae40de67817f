"""The publish gate: places, checks, posts and what has to come down. Policy §4.5–4.13, 5.1, 5.2."""

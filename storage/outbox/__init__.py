"""Messages on their way, what they carry, and what they remind of."""

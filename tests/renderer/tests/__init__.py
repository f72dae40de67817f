"""The front of our own, tried on itself and by clicks."""

"""Messages that nobody asked for: what is due, through whom it goes, what becomes of what cannot be delivered."""

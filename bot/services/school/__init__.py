"""The school itself: setting up, its people, its calendar, and what nobody should have to remember."""

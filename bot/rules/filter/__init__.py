"""The lines of the web filter, the addresses they stand for, and how they come and go. Policy §7."""

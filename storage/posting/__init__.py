"""Where pictures appear, what was checked and posted, and what has to come down."""

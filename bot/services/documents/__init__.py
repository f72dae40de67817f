"""Forms, lists and the overview as files that leave Lanyard."""

"""The book of a recording: every page that fits it, bound by one that says what was done and found."""

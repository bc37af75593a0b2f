"""Groups: cells of a study side by side, each a row, with the numbers of every measure that fits it."""

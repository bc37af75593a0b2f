"""Conditions: epochs of one recording, such as control, drug and wash, measured and compared."""

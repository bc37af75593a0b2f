"""Runs of `find` on files: one folder of results per recording, and a summary of many."""

"""Protocols of current steps: which step each sweep of a recording holds, as read, rebuilt or given."""

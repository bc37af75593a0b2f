"""The plots' room: matplotlib; ``ax=None`` in, Axes out, and nothing is ever shown."""
